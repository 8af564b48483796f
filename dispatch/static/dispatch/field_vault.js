/* What a responder's phone keeps of a visit: everything encrypted, under keys that cannot be read
   out again. The portal gives the secret of a visit once; two keys are derived from it with HKDF and
   the secret is forgotten. `card` (AES-GCM) opens what lies here, `send` (HMAC) signs what is sent. */
(() => {
  "use strict";
  const NAME = "field";
  const text = new TextEncoder();
  const plain = new TextDecoder();
  let opened = null;

  function open() {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("visits", { keyPath: "visit" });
        asked.result.createObjectStore("queue", { keyPath: "key" }).createIndex("visit", "visit");
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  }
  /* One transaction; `work` gets the stores and returns a request whose result is wanted. */
  async function within(stores, mode, work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const change = db.transaction(stores, mode);
      const asked = work(...stores.map((name) => change.objectStore(name)));
      change.oncomplete = () => resolve(asked?.result);
      change.onerror = () => reject(change.error);
      change.onabort = () => reject(change.error);
    });
  }

  async function derive(secret, info, kind, uses) {
    const bytes = Uint8Array.from(atob(secret.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
    const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text.encode(info) };
    return crypto.subtle.deriveKey(how, base, kind, false, uses);
  }
  async function keysOf(secret) {
    const [card, send] = await Promise.all([
      derive(secret, "yeoncheon-field-card", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]),
      derive(secret, "yeoncheon-field-send", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign"]),
    ]);
    return { card, send };
  }
  async function seal(key, value) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text.encode(JSON.stringify(value)));
    return { iv, data };
  }
  async function unseal(key, box) {
    const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, key, box.data);
    return JSON.parse(plain.decode(data));
  }
  async function sign(key, words) {
    const made = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(words)));
    return [...made].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const visit = (uid) => within(["visits"], "readonly", (visits) => visits.get(uid));
  const visits = () => within(["visits"], "readonly", (all) => all.getAll());
  const keep = (record) => within(["visits"], "readwrite", (all) => all.put(record));
  async function queued(uid) {
    const rows = await within(["queue"], "readonly", (queue) => queue.index("visit").getAll(uid));
    return rows.sort((a, b) => a.seq - b.seq);
  }
  const push = (row) => within(["queue"], "readwrite", (queue) => queue.add(row));
  const drop = (keys) =>
    within(["queue"], "readwrite", (queue) => {
      keys.forEach((key) => queue.delete(key));
    });
  /* The card goes; what has not been sent stays, with the keys it needs. */
  async function wipeCard(uid) {
    const record = await visit(uid);
    if (!record) return;
    if ((await queued(uid)).length) await keep({ ...record, kit: null });
    else await within(["visits"], "readwrite", (all) => all.delete(uid));
  }
  async function wipe(uid) {
    const rows = await queued(uid);
    await drop(rows.map((row) => row.key));
    await within(["visits"], "readwrite", (all) => all.delete(uid));
  }

  const able = Boolean(window.crypto?.subtle && window.indexedDB);
  window.field = { vault: { able, keysOf, seal, unseal, sign, visit, visits, keep, queued, push, drop, wipe, wipeCard } };
})();
