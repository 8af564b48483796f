/* Actions of a visit on their way to the portal. Each has a key and the phone's time; it stays on
   the phone until the portal has said what became of it, and arrives once. */
(() => {
  "use strict";
  const { vault } = window.field;
  const WAIT_MS = 15000;
  const KNOWS = 2; // what this script can do with a screen, for dispatch/field/kit.py: 2, the buttons of who comes along
  const WAIT_PHOTO_MS = 120000; // one bar of signal

  /* Portal time by this phone: its own clock and what it was off by at the last meeting. */
  const now = (record) => Date.now() + (record?.offset ?? 0);
  const cookie = (name) =>
    document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

  async function ask(url, { method = "POST", body, type, background = false, wait = WAIT_MS, headers: more = {} } = {}) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), wait);
    const headers = { "X-CSRFToken": cookie("csrftoken"), Accept: "application/json", ...more };
    if (type) headers["Content-Type"] = type;
    if (background) headers["X-Background"] = "1";
    const sent = performance.now();
    try {
      const answer = await fetch(url, { method, headers, body, signal: stop.signal, redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect" || answer.status === 401) return { signedOut: true };
      if (answer.status >= 500) return { away: true };
      const kind = answer.headers.get("Content-Type") ?? "";
      const json = kind.includes("json") ? await answer.json() : {};
      // No session, or somebody else's: what waits belongs to whoever went.
      if ((answer.status === 403 && !json.error) || answer.status === 404) return { signedOut: true };
      const text = kind.includes("html") ? await answer.text() : "";
      return { status: answer.status, json, text, etag: answer.headers.get("ETag") ?? "", tookMs: performance.now() - sent };
    } catch {
      return { away: true };
    } finally {
      clearTimeout(timer);
    }
  }
  /* How far this phone's clock is behind the portal's, half of the way there and back allowed for. */
  const offset = (answer) => Math.round(answer.json.now - (Date.now() - answer.tookMs / 2));

  async function add(uid, verb, data) {
    const record = await vault.visit(uid);
    const rows = await vault.queued(uid);
    const key = crypto.randomUUID();
    const at = Date.now();
    const item = { key, do: verb, at, offset: record.offset, seq: (rows.at(-1)?.seq ?? record.seq ?? 0) + 1, data };
    const box = await vault.seal(record.keys.card, item);
    await vault.push({ key, visit: uid, seq: item.seq, ...box });
    await vault.keep({ ...record, seq: item.seq });
    return item;
  }
  async function items(uid) {
    const record = await vault.visit(uid);
    if (!record) return [];
    return Promise.all((await vault.queued(uid)).map((row) => vault.unseal(record.keys.card, row)));
  }

  /* What goes in the next request: everything but photos, which are heavy and go after it alone. */
  function next(all) {
    const light = all.filter((item) => item.do !== "photo");
    return light.length ? light : all.slice(0, 1);
  }
  /* Sends what is next of one visit in one request. What came of it:
     {away} {signedOut} {gone} or {sent, kept, invalid, kit, more}. `keepInvalid`: what has to be
     corrected stays, for the page of its visit to show. */
  async function flush(uid, url, { background = true, live = "", keepInvalid = false } = {}) {
    const all = await items(uid);
    const waiting = next(all);
    const record = await vault.visit(uid);
    if (!waiting.length || !record) return { sent: [], kept: [], invalid: [] };
    const words = JSON.stringify({ items: waiting, live, sent_at: Date.now(), knows: KNOWS });
    const signature = await vault.sign(record.keys.send, words);
    const body = JSON.stringify({ key: record.key, text: words, signature });
    const wait = waiting[0].do === "photo" ? WAIT_PHOTO_MS : WAIT_MS;
    const answer = await ask(url, { body, type: "application/json", background, wait });
    if (answer.away || answer.signedOut) return answer;
    if (answer.status === 410) return { gone: answer.json.gone ?? "revoked" };
    if (answer.status !== 200) return { away: true, refused: answer.status };
    const { receipts, kit } = answer.json;
    const of = (status) =>
      receipts.filter((one) => one.status === status).map((one) => ({ ...waiting.find((item) => item.key === one.key), ...one }));
    const over = receipts.filter((one) => !(keepInvalid && one.status === "invalid"));
    await vault.drop(over.map((one) => one.key));
    return { sent: of("done"), kept: of("kept"), invalid: of("invalid"), kit, more: over.length > 0 && all.length > waiting.length };
  }

  Object.assign(window.field, { ask, offset, now, knows: KNOWS, queue: { add, items, flush } });
})();
