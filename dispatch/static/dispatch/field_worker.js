/* Opens a visit's page without a network: an empty frame and its style sheets, nothing of anybody.
   Reaches only what lies below /visits/. What a person's page holds is never kept here. */
"use strict";
const SHELL = "/visits/shell/";
const CACHE = "field-2"; // another number where an old frame cannot serve the new screens
const WAIT_MS = 8000;
const REFRESH_MS = 3600000;

async function fill() {
  const answer = await fetch(SHELL, { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error("no shell");
  const page = await answer.clone().text();
  const parts = [...page.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|svg)[^"]*)"/g)].map((found) => found[1]);
  const cache = await caches.open(CACHE);
  await cache.addAll(parts);
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-At", String(Date.now()));
  await cache.put(SHELL, new Response(page, { headers }));
  const wanted = new Set([...parts, SHELL]);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (!wanted.has(pathname) && !pathname.endsWith(".woff2")) await cache.delete(request);
  }
}
const frame = () => caches.match(SHELL, { cacheName: CACHE });
async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}
async function refresh() {
  const kept = await frame();
  if (Date.now() - Number(kept?.headers.get("X-Kept-At") ?? 0) > REFRESH_MS) await fill().catch(() => {});
}

async function page(event) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  try {
    const answer = await fetch(event.request, { signal: stop.signal });
    if (answer.status >= 502) throw new Error("away");
    event.waitUntil(refresh());
    return answer;
  } catch {
    return (await frame()) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}
async function part(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && request.url.endsWith(".woff2")) {
    const cache = await caches.open(CACHE);
    await cache.put(request, answer.clone());
  }
  return answer;
}

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname.startsWith("/visits/")) event.respondWith(page(event));
  else if (["style", "script", "font", "image"].includes(request.destination)) event.respondWith(part(request));
});
