/* The facilitator's page: whom I serve today, what is still on this phone, and what became of it. */

import { scan } from "./camera.js";
import { chip, clock, day, h, notice, show } from "./dom.js";
import { handoverForm } from "./form.js";
import { reportsOf, send, STATES } from "./queue.js";
import { drop, get, put } from "./store.js";

const state = { login: localStorage.getItem("login"), supplies: null, reports: [], session: "", event: "", search: "", ready: false };
const TRY_AGAIN_MS = 20_000;
const KEEP_SENT_MS = 3 * 24 * 3600 * 1000;
let leave = () => {};
let installPrompt = null;

const now = () => new Date(Date.now() + (state.supplies?.ahead_ms ?? 0)).toISOString();
const parcels = () => state.supplies?.parcels ?? [];
const latest = (number) => state.reports.filter((report) => report.data.parcel === number).at(-1);

/* ---- what is known ------------------------------------------------------------------------------------------- */

async function reload() {
  state.reports = state.login ? await reportsOf(state.login) : [];
  paintFrame();
}

async function refresh() {
  try {
    const answer = await fetch("/lapangan/bekal", { redirect: "error" });
    if (answer.status === 401) state.session = "login";
    else if (!answer.ok) state.session = (await answer.json().catch(() => ({}))).detail ?? "offline";
    else {
      state.supplies = await answer.json();
      state.session = "";
      state.login = state.supplies.login;
      localStorage.setItem("login", state.login);
      await put("supplies", state.supplies);
    }
  } catch {
    state.session = "offline";
  }
  await reload();
}

async function sendAll() {
  if (!state.login) return;
  const why = await send(state.login, () => reload().then(repaint));
  if (["login", "offline", "other"].includes(why)) state.session = why;
  else if (state.session === "offline") state.session = "";
  await reload();
  repaint();
}

async function catchUp() {
  await refresh();
  repaint();
  await sendAll();
}

/* ---- frame: signal, queue, install ---------------------------------------------------------------------------- */

function paintFrame() {
  const waiting = state.reports.filter((report) => report.state === "waiting").length;
  const refused = state.reports.filter((report) => report.state === "refused").length;
  const isOff = !navigator.onLine || state.session === "offline";
  const signal = document.getElementById("sinyal");
  signal.textContent = isOff ? "Tanpa sinyal: laporan disimpan di telepon" : state.ready ? "Siap dipakai tanpa sinyal" : "Menyiapkan telepon …";
  signal.dataset.off = isOff;
  signal.dataset.ready = state.ready;
  const queue = document.getElementById("antrean");
  queue.replaceChildren("Antrean", ...[waiting && ` ${waiting} menunggu`, refused && ` ${refused} ditolak`].filter(Boolean));
  document.getElementById("pasang").hidden = !installPrompt;
}

function sessionNotice() {
  if (state.session === "login") return notice("wait", h("p", {}, "Masuk lagi untuk mengirim laporan; yang tersimpan di telepon tetap ada. "), h("a", { class: "button", href: "/masuk?lanjut=/lapangan" }, "Masuk"));
  if (state.session === "other") return notice("wait", "Yang masuk di telepon ini pendamping lain. Laporan dikirim sesudah pemiliknya masuk.");
  if (state.session && state.session !== "offline") return notice("stop", state.session);
  return null;
}

/* ---- pages ---------------------------------------------------------------------------------------------------- */

function paintList() {
  const events = state.supplies?.events ?? [];
  const today = now().slice(0, 10);
  const chosen = events.find((event) => event.number === state.event) ?? events.find((event) => event.held_on >= today) ?? events.at(-1);
  const box = h("div");
  const search = h("input", { id: "cari", type: "search", placeholder: "Nama, nomor paket, desa, atau kode", autocomplete: "off", oninput: () => {
    state.search = search.value;
    fill();
  } });
  search.value = state.search;
  function fill() {
    const words = state.search.trim().toLowerCase();
    const found = parcels().filter((parcel) => (words ? matches(parcel, words) : parcel.event === chosen?.number));
    box.replaceChildren(h("p", { class: "soft small", role: "status" }, words ? `${found.length} keluarga cocok.` : `${found.length} keluarga pada acara ini.`),
      h("ul", { class: "people" }, found.slice(0, 200).map(row)));
  }
  fill();
  show(
    h("h1", { tabindex: "-1" }, "Penyerahan barang"),
    sessionNotice(),
    !events.length && !sessionNotice() && notice("quiet", state.supplies ? "Belum ada acara dengan keluarga Anda." : "Belum ada data. Buka halaman ini sekali dengan sinyal."),
    chosen && h("section", { class: "card" },
      events.length > 1 && h("label", { for: "acara", class: "small" }, "Acara"),
      events.length > 1 && h("select", { id: "acara", onchange: (e) => {
        state.event = e.target.value;
        paintList();
      } }, events.map((event) => h("option", { value: event.number, selected: event === chosen }, `${day(event.held_on)}, ${event.district}`))),
      h("p", {}, h("strong", {}, day(chosen.held_on)), h("br"), `${chosen.hours ? `${chosen.hours} WIB, ` : ""}${chosen.place}`)),
    h("div", { class: "row" }, h("a", { class: "button wide", href: "#/pindai" }, "Pindai QR undangan"), consentLink("/lapangan/persetujuan")),
    h("div", { class: "field" }, h("label", { for: "cari" }, "Cari keluarga"), search),
    box,
  );
}

function matches(parcel, words) {
  const code = words.replace(/^estafet:/, "").replace(/[\s-]/g, "").toUpperCase();
  return [parcel.name, parcel.village, parcel.number].some((text) => text.toLowerCase().includes(words)) || parcel.code === code;
}

function row(parcel) {
  const local = latest(parcel.number);
  const [word, tone] = local ? STATES[local.state] : [parcel.label, parcel.status === "at_point" ? "wait" : parcel.status === "verified" ? "good" : "quiet"];
  return h("li", {}, h("a", { href: `#/paket/${parcel.number}` }, h("span", {}, h("strong", {}, parcel.name), h("br"), h("span", { class: "soft small" }, `${parcel.village} RT ${parcel.rt}/${parcel.rw}${parcel.mine ? "" : " · tugas rekan"}`)), chip(local ? `${word}: ${kind(local)}` : word, tone)));
}

const KINDS = { "parcel.handed_over": "diserahkan", "parcel.partial": "sebagian", "parcel.absent": "tidak hadir", "parcel.refused": "menolak" };
const kind = (report) => KINDS[report.type];

function paintParcel(number) {
  const parcel = parcels().find((one) => one.number === number);
  if (!parcel) return show(h("a", { href: "#/", class: "back" }, "‹ Daftar keluarga"), h("h1", { tabindex: "-1" }, "Tidak ada di telepon ini"), h("p", {}, `Paket ${number} bukan bagian dari acara Anda.`));
  const local = latest(number);
  const isDone = (local && local.state !== "refused" && ["parcel.handed_over", "parcel.partial"].includes(local.type)) || !["at_point", "absent", "partial"].includes(parcel.status);
  if (isDone) return paintDone(parcel, local);
  handoverForm({
    parcel, pack: state.supplies.packages[parcel.package], event: state.supplies.events.find((event) => event.number === parcel.event),
    login: state.login, reasons: state.supplies.reasons, now, instead: local?.state === "refused" ? local.id : undefined,
    saved: async () => {
      navigator.storage?.persist?.();
      await reload();
      location.hash = "#/";
      sendAll();
    },
  });
}

function paintDone(parcel, local) {
  const words = local ? `Tersimpan di telepon ini pukul ${clock(local.data.at)}: ${kind(local)}.` : `Status: ${parcel.label}.`;
  show(h("a", { href: "#/", class: "back" }, "‹ Daftar keluarga"), h("h1", { tabindex: "-1" }, parcel.name),
    h("p", {}, words), local && h("p", {}, chip(...STATES[local.state])),
    parcel.mine && h("div", { class: "row" }, consentLink(`/lapangan/persetujuan?paket=${parcel.number}`)));
}

/* Asked on a page of the service's own, so it needs a network. */
const consentLink = (href) => navigator.onLine ? h("a", { class: "button second wide", href }, "Persetujuan rujukan") : h("p", { class: "soft small" }, "Persetujuan rujukan ditanyakan dengan sinyal.");

function paintQueue() {
  const rows = state.reports.toReversed();
  show(
    h("a", { href: "#/", class: "back" }, "‹ Daftar keluarga"),
    h("h1", { tabindex: "-1" }, "Antrean laporan"), sessionNotice(),
    h("button", { class: "wide", onclick: catchUp }, "Kirim sekarang"),
    rows.length ? h("ul", { class: "people" }, rows.map((report) => h("li", { class: "entry" },
      h("p", {}, h("strong", {}, report.name), h("br"), h("span", { class: "soft small" }, `${kind(report)}, ${clock(report.data.at)}, `, h("span", { class: "number" }, report.data.parcel))),
      chip(...STATES[report.state]), report.why && h("p", { class: "fault" }, report.why),
      report.state === "refused" && h("div", { class: "row" },
        h("a", { class: "button second", href: `#/paket/${report.data.parcel}` }, "Perbaiki"),
        h("button", { class: "second", onclick: () => again(report) }, "Kirim lagi"))))) : h("p", { class: "soft" }, "Belum ada laporan di telepon ini."),
    h("p", {}, h("button", { class: "second", onclick: logOut }, "Keluar dari telepon ini")),
    h("p", {}, h("a", { href: "/keluarga" }, "Halaman kantor")),
  );
}

function paintScan() {
  const video = h("video", { class: "viewer", playsInline: true, muted: true, "aria-label": "Kamera untuk memindai" });
  const words = h("p", { role: "status" }, "Arahkan kamera ke kode QR pada undangan.");
  const typed = h("input", { id: "kode", autocapitalize: "characters", autocomplete: "off" });
  function found(text) {
    const parcel = parcels().find((one) => one.code && one.code === text.replace(/^ESTAFET:/i, "").replace(/[\s-]/g, "").toUpperCase());
    if (parcel) location.hash = `#/paket/${parcel.number}`;
    else words.textContent = "Kode ini bukan milik keluarga pada acara Anda.";
    return Boolean(parcel);
  }
  show(h("a", { href: "#/", class: "back" }, "‹ Daftar keluarga"), h("h1", { tabindex: "-1" }, "Pindai undangan"), video, words,
    h("form", { onsubmit: (e) => {
      e.preventDefault();
      found(typed.value);
    } }, h("div", { class: "field" }, h("label", { for: "kode" }, "Atau ketik kodenya"), typed), h("button", { class: "second" }, "Cari kode")));
  scan(video, found, (text) => (words.textContent = text)).then((stop) => {
    if (location.hash === "#/pindai") leave = stop;
    else stop();
  });
}

async function again(report) {
  await put("reports", { ...report, state: "waiting", why: "" });
  await reload();
  await sendAll();
}

/* Names and villages leave the phone with the login; what has not been sent stays for its owner. */
async function logOut() {
  if (state.reports.some((report) => report.state === "waiting") && !confirm("Ada laporan yang belum terkirim. Laporan tetap disimpan sampai Anda masuk lagi. Keluar?")) return;
  const key = await fetch("/lapangan/kunci").then((answer) => answer.json()).catch(() => null);
  if (!key) return show(h("h1", { tabindex: "-1" }, "Tanpa sinyal"), h("p", {}, "Keluar memerlukan sinyal. "), h("a", { href: "#/" }, "Kembali"));
  await fetch("/keluar", { method: "POST", headers: { "x-csrf-token": key.csrf }, redirect: "manual" });
  await drop("supplies", state.login);
  localStorage.removeItem("login");
  location.href = "/masuk?lanjut=/lapangan";
}

/* ---- start ---------------------------------------------------------------------------------------------------- */

const isForm = () => location.hash.startsWith("#/paket/");

function paint() {
  leave();
  leave = () => {};
  const [, page, number] = location.hash.split("/");
  if (page === "paket") paintParcel(number);
  else if (page === "antrean") paintQueue();
  else if (page === "pindai") paintScan();
  else paintList();
}

/* News does not take a half-filled form, a running camera or a word being typed from under somebody's fingers. */
function repaint() {
  if (!isForm() && location.hash !== "#/pindai" && document.activeElement?.id !== "cari") paint();
}

async function start() {
  window.addEventListener("hashchange", paint);
  window.addEventListener("online", catchUp);
  window.addEventListener("offline", paintFrame);
  setInterval(() => state.session === "offline" && navigator.onLine && sendAll(), TRY_AGAIN_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sendAll());
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    installPrompt = event;
    paintFrame();
  });
  document.getElementById("pasang").addEventListener("click", () => installPrompt?.prompt());
  navigator.serviceWorker?.register("/lapangan/kerja.js", { scope: "/lapangan", updateViaCache: "none" });
  navigator.serviceWorker?.ready.then(() => {
    state.ready = true;
    paintFrame();
  });
  if (state.login) state.supplies = (await get("supplies", state.login)) ?? null;
  await reload();
  for (const report of state.reports) if (report.state === "sent" && Date.now() - new Date(report.saved) > KEEP_SENT_MS) await drop("reports", report.id);
  paint();
  await catchUp();
}

start();
