/* What the phone keeps: supplies of each login, reports, and their files (as bytes, under the hash of these bytes). */

const STORES = { supplies: "login", reports: "id", files: "sha256" };
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("estafet-lapangan", 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) request.result.createObjectStore(store, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(stores, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, { durability: "strict" });
    let request;
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    request = work(...stores.map((store) => transaction.objectStore(store)));
  });
}

export const get = (store, key) => run([store], "readonly", (rows) => rows.get(key));
export const all = (store) => run([store], "readonly", (rows) => rows.getAll());
export const put = (store, row) => run([store], "readwrite", (rows) => void rows.put(row));
export const drop = (store, key) => run([store], "readwrite", (rows) => void rows.delete(key));

/* A report and its files are there together, or neither; `instead` is the refused report it replaces. */
export const save = (report, files, instead) =>
  run(["reports", "files"], "readwrite", (reports, kept) => {
    for (const file of files) kept.put(file);
    if (instead) reports.delete(instead);
    reports.put(report);
  });

/* What has arrived is not kept as bytes any longer; the report stays on the list with its state. */
export const settle = (report) =>
  run(["reports", "files"], "readwrite", (reports, kept) => {
    reports.put(report);
    if (report.state !== "refused") for (const sha256 of report.files) kept.delete(sha256);
  });

export async function hashOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
