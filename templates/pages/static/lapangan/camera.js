/* Photo and QR from the phone's camera; where the page gets no camera, the phone's own camera app takes the picture. */

import { h } from "./dom.js";
import { hashOf } from "./store.js";

const LONGEST = 1600;

export async function fileOf(blob) {
  const bytes = await blob.arrayBuffer();
  return { sha256: await hashOf(bytes), type: blob.type, bytes };
}

/* At most 1600 px, JPEG: place and time do not survive that, so the report carries them itself. */
export async function shrunk(source, longest = LONGEST, quality = 0.8) {
  const width = source.videoWidth ?? source.width, height = source.videoHeight ?? source.height;
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

export async function shrunkFile(file) {
  return shrunk(await createImageBitmap(file, { imageOrientation: "from-image" }));
}

export async function startCamera(video) {
  const wish = { facingMode: { ideal: "environment" }, width: { ideal: LONGEST }, height: { ideal: 1200 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
  video.srcObject = stream;
  await video.play();
  return () => stream.getTracks().forEach((track) => track.stop());
}

/* A field of the form: camera on demand, snapshot, picture; `changed` gets {sha256, type, bytes} or null. */
export function photoField(id, title, help, changed) {
  const video = h("video", { class: "viewer", playsInline: true, muted: true, hidden: true, "aria-label": `Kamera: ${title}` });
  const picture = h("img", { class: "photo", alt: `${title} yang diambil`, hidden: true });
  const word = h("p", { class: "small soft", role: "status" });
  const snap = h("button", { type: "button", hidden: true, onclick: () => take(video) }, "Jepret");
  const start = h("button", { type: "button", class: "second", onclick: open }, "Buka kamera");
  const pick = h("input", { id, type: "file", accept: "image/*", capture: "environment", onchange: () => pick.files[0] && take(pick.files[0]) });
  let stop = null;

  async function open() {
    try {
      stop = await startCamera(video);
      video.hidden = snap.hidden = false;
      picture.hidden = start.hidden = true;
    } catch {
      word.textContent = "Kamera tidak dapat dibuka di sini. Pakai pilihan di bawah.";
    }
  }
  async function take(source) {
    try {
      const blob = source instanceof Blob ? await shrunkFile(source) : await shrunk(source);
      const file = await fileOf(blob);
      picture.src = URL.createObjectURL(blob);
      picture.hidden = start.hidden = false;
      start.textContent = "Ambil lagi";
      word.textContent = `Foto siap (${Math.round(blob.size / 1024)} KB).`;
      changed(file);
    } catch {
      word.textContent = "Berkas itu bukan foto yang dapat dibuka.";
    }
    close();
  }
  function close() {
    stop?.();
    stop = null;
    video.hidden = snap.hidden = true;
  }
  window.addEventListener("hashchange", close, { once: true });
  return h("div", { class: "field" }, h("h3", {}, title), help && h("p", { class: "help" }, help), video, picture,
    h("div", { class: "row" }, snap, start), word,
    h("label", { class: "small", for: id }, "atau dengan aplikasi kamera / galeri"), pick);
}

/* Reads a QR with the browser where it can, else by sending a frame; calls `found(text)` until that says true. */
export async function scan(video, found, say) {
  let stop;
  try {
    stop = await startCamera(video);
  } catch {
    say("Kamera tidak dapat dibuka. Ketik kodenya atau cari namanya.");
    return () => {};
  }
  let over = false;
  const own = await ownDetector();
  (async () => {
    while (!over) {
      const text = await (own ? detected(own, video) : askedServer(video, say)).catch(() => null);
      if (!over && text && found(text)) break;
      await new Promise((resolve) => setTimeout(resolve, own ? 250 : 900));
    }
    stop();
  })();
  return () => {
    over = true;
    stop();
  };
}

async function ownDetector() {
  if (!("BarcodeDetector" in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

const detected = async (detector, video) => (await detector.detect(video))[0]?.rawValue ?? null;

async function askedServer(video, say) {
  if (!navigator.onLine) {
    say("Tanpa sinyal, peramban ini tidak membaca QR. Ketik kodenya atau cari namanya.");
    return null;
  }
  const key = await (await fetch("/lapangan/kunci")).json();
  const body = await shrunk(video, 720, 0.7);
  const headers = { "content-type": "image/jpeg", "x-csrf-token": key.csrf };
  const answer = await fetch("/lapangan/pindai", { method: "POST", body, headers });
  return answer.ok ? (await answer.json()).code : null;
}
