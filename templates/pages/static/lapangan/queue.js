/* What waits is sent when there is a signal, in the order it was saved. An answer that got lost is no harm: the same
   report goes again under the same id, and counts once. */

import { all, get, settle, put } from "./store.js";

export const STATES = {
  waiting: ["Menunggu sinyal", "wait"],
  sent: ["Terkirim", "good"],
  late: ["Perlu diputuskan petugas", "go"],
  refused: ["Ditolak", "stop"],
};

class Stop extends Error {}

/* Returns why it stopped: "done", "offline", "login", "other". One at a time on a phone: who asks meanwhile waits its turn. */
export async function send(login, changed) {
  const work = () => sendAll(login, changed).catch((error) => {
    if (error instanceof Stop) return error.message;
    throw error;
  });
  if (!navigator.locks) return work();
  return navigator.locks.request("estafet-kirim", work);
}

export async function reportsOf(login) {
  return (await all("reports")).filter((report) => report.login === login).sort((a, b) => (a.saved < b.saved ? -1 : 1));
}

async function sendAll(login, changed) {
  const waiting = (await reportsOf(login)).filter((report) => report.state === "waiting");
  if (!waiting.length) return "done";
  const { body: key } = await asked("/lapangan/kunci");
  if (key.login !== login) throw new Stop("other");
  for (const report of waiting) {
    Object.assign(report, await sent(report, key.csrf));
    await settle(report);
    changed();
  }
  return "done";
}

async function sent(report, csrf) {
  for (const sha256 of report.files) {
    const file = await get("files", sha256);
    if (!file || file.arrived) continue;
    const answer = await asked("/lapangan/berkas", { method: "POST", body: file.bytes, headers: headers(file.type, csrf) });
    if (!answer.ok) return refused(answer, "Berkas foto atau tanda tangan");
    await put("files", { ...file, arrived: true });
  }
  const { id, type, data } = report;
  const body = JSON.stringify({ id, type, data });
  const answer = await asked("/lapangan/laporan", { method: "POST", body, headers: headers("application/json", csrf) });
  if (!answer.ok) return refused(answer);
  return { state: answer.body.result === "late" ? "late" : "sent", why: "" };
}

const headers = (type, csrf) => ({ "content-type": type, "x-csrf-token": csrf });

/* Only a whole answer is an answer; everything else is tried again later. */
async function asked(path, options = {}) {
  let answer, body;
  try {
    answer = await fetch(path, { ...options, redirect: "error", signal: AbortSignal.timeout(90_000) });
    body = await answer.json();
  } catch {
    throw new Stop("offline");
  }
  if (answer.status === 401) throw new Stop("login");
  if (answer.status >= 500 || [408, 425, 429].includes(answer.status)) throw new Stop("offline");
  return { ok: answer.ok, status: answer.status, body };
}

function refused({ status, body }, about = "") {
  const faults = (body.faults ?? []).map((fault) => `${fault.field}: ${fault.fault}`);
  const why = faults.length ? faults.join("; ") : (body.detail ?? `Server menjawab ${status}.`);
  return { state: "refused", why: about ? `${about}: ${why}` : why };
}
