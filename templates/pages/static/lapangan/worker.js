/* Keeps the page on the phone, so that it opens without a network. Data is the page's own matter (IndexedDB).
   VERSION and FILES stand above, written by the service: another version of any file is another cache. */

const CACHE = `lapangan-${VERSION}`;
const PAGE = "/lapangan";
const SHELL = [PAGE, "/static/estafet.css", "/static/lapangan/manifest.json", "/static/lapangan/icon.svg", ...FILES.map((name) => `/static/lapangan/${name}`)];

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === location.origin && SHELL.includes(url.pathname)) event.respondWith(kept(url.pathname, event.request));
});

/* A login page must never be kept as the page: a redirect is a failure, and the older version stays. */
async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: "no-cache", redirect: "error" })));
  await self.skipWaiting();
}

async function forgetOlder() {
  for (const name of await caches.keys()) if (name.startsWith("lapangan-") && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

async function kept(path, request) {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(request);
}
