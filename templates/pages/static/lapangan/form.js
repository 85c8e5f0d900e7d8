/* One household at the counter: goods, photo, place, receiver, signature; or absent; or refused. */

import { fileOf, photoField } from "./camera.js";
import { h, notice, show } from "./dom.js";
import { save } from "./store.js";

/* `now()`: the phone's time; `saved(report)` is called when it is on the phone; `instead`: the refused report it replaces. */
export function handoverForm({ parcel, pack, event, login, reasons, now, saved, instead }) {
  const told = { counts: pack.items.map((item) => item.count), tests: {}, marks: {}, place: null, files: {}, receiver: "self", mark: "signature" };
  const words = h("p", { class: "small soft", role: "status" }, "Mencari lokasi …");
  const place = h("div", { class: "field" }, h("h3", {}, "Lokasi"), words, h("button", { type: "button", class: "second", onclick: () => locate(told, words) }, "Cari lokasi lagi"));
  locate(told, words);
  const faults = h("div");
  const proxy = proxyFields(told);
  const sign = signField(told);
  const note = h("textarea", { id: "catatan", maxlength: "500", rows: "2" });
  let warned = "", isKept = false;

  async function submit(domEvent) {
    domEvent.preventDefault();
    const full = pack.items.every((item, index) => told.counts[index] === item.count);
    const files = await filesOf(told, sign);
    const wrong = mistakes(told, proxy), gaps = missing(pack, told, files);
    if (wrong.length) return complain(faults, notice("stop", h("h2", {}, "Belum tersimpan"), list(wrong)));
    if (gaps.length && warned !== gaps.join()) {
      warned = gaps.join();
      return complain(faults, notice("wait", h("h2", {}, "Belum lengkap"), list(gaps), h("p", {}, "Lengkapi, atau tekan Simpan sekali lagi; petugas akan memeriksanya.")));
    }
    const data = dataOf(parcel, pack, told, proxy, files, note.value, now());
    await keep(full ? "parcel.handed_over" : "parcel.partial", data, Object.values(files).filter(Boolean));
  }
  /* Two taps are one report; a phone that is full says so instead of losing it. */
  async function keep(type, data, files) {
    if (isKept) return;
    isKept = true;
    const report = { id: crypto.randomUUID(), login, type, data, name: parcel.name, state: "waiting", why: "", saved: now(), files: files.map((file) => file.sha256) };
    try {
      await save(report, files, instead);
    } catch {
      isKept = false;
      return complain(faults, notice("stop", h("h2", {}, "Belum tersimpan"), h("p", {}, "Penyimpanan telepon penuh atau ditolak. Kosongkan ruang, lalu simpan lagi.")));
    }
    saved(report);
  }

  show(
    h("a", { href: "#/", class: "back" }, "‹ Daftar keluarga"),
    h("h1", { tabindex: "-1" }, parcel.name),
    h("p", { class: "soft" }, `${parcel.village}, RT ${parcel.rt}/RW ${parcel.rw} · `, h("span", { class: "number" }, parcel.number), h("br"), `${pack.name} · ${event.place}`),
    !parcel.mine && notice("quiet", "Keluarga ini tugas pendamping lain pada acara yang sama. Laporkan hanya bila Anda yang melayaninya."),
    faults,
    h("form", { onsubmit: submit, novalidate: true },
      h("section", { class: "card" }, h("h2", {}, "Barang"), pack.items.map((item, index) => goods(item, index, told))),
      h("section", { class: "card" }, h("h2", {}, "Bukti"), photoField("foto", "Foto penyerahan", "Penerima bersama barangnya.", (file) => (told.files.photo = file)), place),
      h("section", { class: "card" }, h("h2", {}, "Penerima"), receiverChoice(told, parcel, proxy.element), proxy.element),
      h("section", { class: "card" }, h("h2", {}, "Tanda terima"), sign.element, h("div", { class: "field" }, h("label", { for: "catatan" }, "Catatan"), h("p", { class: "help" }, "Jangan tulis NIK atau nomor telepon. Cap jempol: tulis sebabnya."), note)),
      h("button", { class: "wide" }, "Simpan penyerahan")),
    h("section", { class: "card" }, h("h2", {}, "Tidak diserahkan"),
      noHandover("absent", "Tidak hadir", reasons.absent, parcel, now, keep),
      noHandover("refused", "Menolak barang", reasons.refused, parcel, now, keep)),
  );
}

function goods(item, index, told) {
  const count = h("input", { id: `jumlah-${index}`, inputMode: "numeric", class: "count", "aria-label": `Jumlah ${item.name}`, onchange: () => set(Number.parseInt(count.value, 10) || 0) });
  count.value = item.count;
  function set(value) {
    told.counts[index] = Math.min(Math.max(value, 0), 100_000);
    count.value = told.counts[index];
    line.classList.toggle("short", told.counts[index] !== item.count);
  }
  const step = (by, sign, word) => h("button", { type: "button", class: "second step", "aria-label": `${word} ${item.name}`, onclick: () => set(told.counts[index] + by) }, sign);
  const line = h("div", { class: "goods" }, h("p", {}, h("strong", {}, item.name), h("span", { class: "soft" }, ` isi ${item.count} ${item.unit}`)),
    h("div", { class: "stepper" }, step(-1, "−", "Kurangi"), count, step(1, "+", "Tambah")), item.test && tool(item, index, told));
  return line;
}

/* Tools are switched on before they are handed over, and named by brand and serial number. */
function tool(item, index, told) {
  const mark = (key, word) => h("label", { class: "small" }, word, h("input", { id: `${key}-${index}`, maxlength: "60", oninput: (e) => ((told.marks[index] ??= {})[key] = e.target.value.trim() || undefined) }));
  return h("fieldset", {}, h("legend", {}, `Uji fungsi ${item.name}`),
    h("div", { class: "row" }, [["ya", "Menyala"], ["tidak", "Tidak menyala"]].map(([value, word]) =>
      h("label", { class: "pick" }, h("input", { type: "radio", name: `uji-${index}`, value, onchange: () => (told.tests[index] = value === "ya") }), h("span", {}, word)))),
    h("div", { class: "pair" }, mark("brand", "Merek"), mark("serial", "Nomor seri")));
}

function receiverChoice(told, parcel, proxyElement) {
  const choice = (value, word) => h("label", { class: "pick" }, h("input", { type: "radio", name: "penerima", value, checked: value === "self", onchange: () => {
    told.receiver = value;
    proxyElement.hidden = value !== "proxy";
  } }), h("span", {}, word));
  return h("fieldset", {}, h("legend", { class: "unseen" }, "Penerima"), choice("self", `${parcel.name} sendiri`), choice("proxy", "Diwakilkan"));
}

function proxyFields(told) {
  const name = h("input", { id: "nama-wakil", maxlength: "120" }), relation = h("input", { id: "hubungan", maxlength: "60" });
  const element = h("div", { hidden: true },
    h("div", { class: "field" }, h("label", { for: "nama-wakil" }, "Nama wakil"), name),
    h("div", { class: "field" }, h("label", { for: "hubungan" }, "Hubungan dengan penerima"), h("p", { class: "help" }, "Misalnya anak, suami, tetangga."), relation),
    photoField("surat-kuasa", "Foto surat kuasa", "", (file) => (told.files.authority = file)));
  return { element, name, relation };
}

function signField(told) {
  const canvas = h("canvas", { width: 640, height: 260, class: "pad", role: "img", "aria-label": "Tempat tanda tangan" });
  const pen = canvas.getContext("2d");
  let drawn = false, down = false;
  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    drawn = false;
  }
  function at(e) {
    const box = canvas.getBoundingClientRect();
    return [((e.clientX - box.left) * canvas.width) / box.width, ((e.clientY - box.top) * canvas.height) / box.height];
  }
  canvas.addEventListener("pointerdown", (e) => {
    down = drawn = true;
    canvas.setPointerCapture(e.pointerId);
    pen.beginPath();
    pen.moveTo(...at(e));
  });
  canvas.addEventListener("pointermove", (e) => {
    if (!down) return;
    pen.lineTo(...at(e));
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (down = false));
  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#10131a" });
  clear();
  const pad = h("div", {}, canvas, h("button", { type: "button", class: "second", onclick: clear }, "Hapus tanda tangan"));
  const choice = (value, word) => h("label", { class: "pick" }, h("input", { type: "radio", name: "tanda", value, checked: value === "signature", onchange: () => {
    told.mark = value;
    pad.hidden = value !== "signature";
  } }), h("span", {}, word));
  const element = h("fieldset", {}, h("legend", { class: "unseen" }, "Cara menandai"), choice("signature", "Tanda tangan di layar"), choice("thumbprint", "Cap jempol di daftar hadir"), pad);
  const blob = () => new Promise((resolve) => (drawn && told.mark === "signature" ? canvas.toBlob(resolve, "image/png") : resolve(null)));
  return { element, blob };
}

function noHandover(event, title, reasons, parcel, now, keep) {
  const note = h("input", { id: `catatan-${event}`, maxlength: "500" });
  const reason = h("select", { id: `alasan-${event}` }, reasons.map((word) => h("option", {}, word)));
  const store = () => keep(`parcel.${event}`, { parcel: parcel.number, at: now(), reason: reason.value, ...(note.value.trim() && { note: note.value.trim() }) }, []);
  return h("details", {}, h("summary", {}, title),
    h("div", { class: "field" }, h("label", { for: `alasan-${event}` }, "Sebab"), reason),
    h("div", { class: "field" }, h("label", { for: `catatan-${event}` }, "Catatan"), note),
    h("button", { type: "button", class: "danger", onclick: store }, `Simpan: ${title.toLowerCase()}`));
}

function locate(told, words) {
  if (!navigator.geolocation) return (words.textContent = "Telepon ini tidak memberi lokasi.");
  words.textContent = "Mencari lokasi …";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      told.place = { latitude: coords.latitude, longitude: coords.longitude, accuracy_m: Math.min(Math.round(coords.accuracy), 1_000_000) };
      words.textContent = `Lokasi ditemukan, ketelitian ${told.place.accuracy_m} m.`;
    },
    () => (words.textContent = "Lokasi belum ditemukan. Nyalakan lokasi di telepon, lalu cari lagi."),
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 });
}

async function filesOf(told, sign) {
  const signed = await sign.blob();
  return { photo: told.files.photo ?? null, authority: told.receiver === "proxy" ? (told.files.authority ?? null) : null, signature: signed && (await fileOf(signed)) };
}

function mistakes(told, proxy) {
  const wrong = [];
  if (told.counts.every((count) => count === 0)) wrong.push("Tidak ada barang yang diserahkan. Pakai Tidak hadir atau Menolak barang.");
  if (told.receiver === "proxy" && !proxy.name.value.trim()) wrong.push("Tulis nama wakil.");
  if (told.receiver === "proxy" && !proxy.relation.value.trim()) wrong.push("Tulis hubungan wakil dengan penerima.");
  return wrong;
}

function missing(pack, told, files) {
  const gaps = [];
  if (!files.photo) gaps.push("Foto penyerahan belum diambil.");
  if (!told.place) gaps.push("Lokasi belum ditemukan.");
  if (told.mark === "signature" && !files.signature) gaps.push("Belum ada tanda tangan.");
  if (told.receiver === "proxy" && !files.authority) gaps.push("Surat kuasa belum difoto.");
  if (pack.items.some((item, index) => item.test && told.tests[index] === undefined)) gaps.push("Uji fungsi belum dijawab.");
  return gaps;
}

function dataOf(parcel, pack, told, proxy, files, note, at) {
  const tools = pack.items.map((item, index) => (item.test ? told.tests[index] : null)).filter((answer) => answer !== null);
  const data = {
    parcel: parcel.number, at, receiver: told.receiver, ...told.place, mark: told.mark,
    items: pack.items.map((item, index) => ({ name: item.name, count: told.counts[index], ...told.marks[index] })),
  };
  if (tools.includes(false)) data.function_tested = false;
  else if (tools.length && !tools.includes(undefined)) data.function_tested = true;
  if (told.receiver === "proxy") Object.assign(data, { receiver_name: proxy.name.value.trim(), relation: proxy.relation.value.trim() });
  for (const [name, file] of Object.entries(files)) if (file) data[name] = file.sha256;
  if (note.trim()) data.note = note.trim();
  return data;
}

const list = (lines) => h("ul", {}, lines.map((line) => h("li", {}, line)));

function complain(place, box) {
  place.replaceChildren(box);
  place.scrollIntoView({ block: "start" });
}
