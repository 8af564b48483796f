/* The responder's pages. Without this file they are plain forms. With it every tap is kept on the
   phone first and then sent, and the next screen opens at once, with or without a network. */
(() => {
  "use strict";
  const { vault, queue, ask, offset, now, knows, photo } = window.field;
  const root = document.getElementById("field");
  const NEXT = { accept: "accepted", depart: "en_route", arrive: "found", found: "sent", decline: "sent" };
  const RETRY_MS = [3000, 5000, 10000, 20000, 30000];
  const LOOK_MS = 60000;
  const SENT_MS = 8000;
  const uid = root.dataset.visit ?? /^\/visits\/([0-9a-f-]{36})\//.exec(location.pathname)?.[1] ?? "";
  const urls = { kit: `/visits/${uid}/kit/`, queue: `/visits/${uid}/queue/` };
  let shown = root.dataset.stage ?? "";
  let lost = !navigator.onLine;
  let signedOut = false;
  let news = null; // the strip that stands for a while: sent, kept or gone
  let flushing = false;
  let again = false; // something was done while a request was under way
  let live = ""; // the action of this very moment: it happened when the portal hears it
  let tries = 0;
  let retry = 0;
  let said = null; // who comes along as far as this phone knows, and whether it was said at the door

  // ── what is on the screen ────────────────────────────────────────────────────────────────
  const clock = (ms) => new Date(ms).toLocaleTimeString("ko-KR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Seoul" });
  const word = (verb) => document.getElementById("field-strip").content.querySelector(`[data-word="${verb}"]`)?.textContent ?? verb;

  function strip(kind, items) {
    const found = document.getElementById("field-strip").content.querySelector(`[data-strip="${kind}"]`).cloneNode(true);
    const list = found.querySelector("[data-list]");
    if (list) {
      const count = list.dataset.unit.replace("{}", items.length);
      list.textContent = `${list.dataset.label} · ${count}: ${items.map((one) => `${word(one.do)} ${clock(one.at + one.offset)}`).join(", ")}`;
    }
    const link = found.querySelector("[data-sign-in-link]");
    if (link) link.href = `${root.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`;
    return found;
  }
  async function tell() {
    const place = root.querySelector("[data-strips]");
    if (!place) return;
    const waiting = uid ? await queue.items(uid) : [];
    const strips = [];
    if (waiting.length) strips.push(strip(signedOut ? "signed-out" : lost ? "offline" : "waiting", waiting));
    else if (lost) strips.push(bare("offline"));
    if (news && !(waiting.length && news.kind === "sent")) strips.push(strip(news.kind, news.items));
    place.replaceChildren(...strips);
    company(waiting);
    waiting.forEach((one) => {
      const mark = root.querySelector(`[data-step="${one.do}"]`);
      if (mark) mark.textContent = clock(one.at + one.offset);
    });
  }
  /* Screens were made before the last tap: the buttons say what this phone knows. */
  function company(waiting) {
    const last = waiting.map((one) => one.do).lastIndexOf("company");
    if (last >= 0) {
      const atDoor = shown === "found" && !waiting.slice(last).some((one) => one.do === "arrive");
      said = { who: waiting[last].data.company, atDoor };
    }
    const place = root.querySelector("[data-company]");
    if (!place || !said) return;
    place.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === said.who)));
    place.querySelector("[data-company-ask]")?.toggleAttribute("hidden", said.atDoor || said.who !== "alone");
  }
  /* The portal's word on a screen that was made before it: the night may have begun on the way, a
     tap may not have been taken. What is below stays where the finger is. */
  function learnCompany(html) {
    const buttons = root.querySelector("[data-company] .company__all");
    if (!buttons || !html) return;
    const fresh = Object.assign(document.createElement("template"), { innerHTML: html }).content;
    buttons.querySelectorAll("button").forEach((button) => {
      const known = fresh.querySelector(`[data-company] button[value="${button.value}"]`);
      button.setAttribute("aria-pressed", known?.getAttribute("aria-pressed") ?? "false");
    });
    const ask = fresh.querySelector("[data-company-ask]");
    const standing = root.querySelector("[data-company-ask]");
    standing?.toggleAttribute("hidden", !ask);
    if (!ask || standing) return;
    const top = buttons.getBoundingClientRect().top;
    buttons.before(ask);
    window.scrollBy({ top: buttons.getBoundingClientRect().top - top, behavior: "instant" });
    document.getElementById("said").textContent = ask.textContent.replace(/\s+/g, " ").trim();
  }
  /* An iPhone's own map listens to another word than every other phone's. */
  function mapLink() {
    if (!/iPhone|iPad|iPod/.test(navigator.userAgent)) return;
    root.querySelectorAll('a[href^="geo:0,0?q="]').forEach((link) => {
      link.href = link.href.replace("geo:0,0?q=", "maps:?q=");
    });
  }
  function bare(kind) {
    const found = strip(kind, []);
    found.querySelector("[data-list]")?.remove();
    return found;
  }
  function announce(kind, items) {
    news = { kind, items };
    tell();
    if (kind === "sent") setTimeout(() => { news = news?.kind === "sent" ? null : news; tell(); }, SENT_MS);
  }
  async function show(kit, stage) {
    const html = kit?.stages[stage];
    if (!html || stage === shown) return;
    const record = await vault.visit(uid);
    root.innerHTML = html;
    mapLink();
    shown = stage;
    root.querySelectorAll("[data-due][data-now]").forEach((timer) => {
      timer.dataset.now = new Date(now(record)).toISOString();
    });
    const head = root.querySelector("h1, #main");
    head?.setAttribute("tabindex", "-1");
    head?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  /* The portal's screen, moved on by what still waits to be sent. */
  async function follow(kit) {
    let stage = kit.stage;
    for (const one of await queue.items(uid)) stage = NEXT[one.do] ?? stage;
    await show(kit, stage);
    if (stage === shown && stage === kit.stage) learnCompany(kit.stages[stage]);
    await tell();
  }

  // ── what the phone keeps ─────────────────────────────────────────────────────────────────
  async function learn(kit) {
    if (kit.stage === "done") await vault.wipeCard(uid);
    else {
      const record = await vault.visit(uid);
      if (record) await vault.keep({ ...record, kit: await vault.seal(record.keys.card, kit) });
    }
  }
  async function fetchKit() {
    const record = await vault.visit(uid);
    const answer = await ask(urls.kit, { body: new URLSearchParams({ known: record?.key ?? "", knows }), background: true });
    lost = Boolean(answer.away);
    signedOut = Boolean(answer.signedOut);
    if (lost || signedOut) return null;
    if (answer.status !== 200) {
      await vault.wipeCard(uid);
      return null;
    }
    const told = answer.json;
    // Something still waits under the old key: it keeps that key until it has been sent.
    if (told.secret && (await vault.queued(uid)).length) return told.kit;
    const keys = told.secret ? await vault.keysOf(told.secret) : record.keys;
    await vault.keep({
      visit: uid,
      key: told.key,
      user: told.user,
      keys,
      until: told.card_until,
      offset: offset(answer),
      seq: record?.seq ?? 0,
      kit: await vault.seal(keys.card, told.kit),
    });
    return told.kit;
  }
  async function keptKit() {
    const record = await vault.visit(uid);
    if (!record?.kit) return null;
    if (now(record) >= record.until) {
      await vault.wipeCard(uid);
      return null;
    }
    return vault.unseal(record.keys.card, record.kit);
  }
  /* Revoked or over: the next contact wipes the card, also on a phone that was signed out. */
  async function look() {
    const record = await vault.visit(uid);
    if (!record) return;
    if (record.kit && now(record) >= record.until) await gone("ended"); // a page left open too long
    const answer = await ask(`/visits/keys/${record.key}/`, { method: "GET", background: true });
    if (answer.away) return;
    if (answer.status === 410) await gone(answer.json.gone);
    else if (answer.status === 200) await vault.keep({ ...(await vault.visit(uid)), offset: offset(answer) });
  }
  async function gone(why) {
    if (why === "revoked") {
      await vault.wipe(uid);
      root.querySelector("footer")?.remove();
      const head = document.createElement("h1");
      head.textContent = bare("gone").querySelector("b").textContent;
      root.querySelector("main").replaceChildren(head);
      announce("gone", []);
      return;
    }
    await vault.wipeCard(uid);
    if (!(await vault.queued(uid)).length && shown !== "done") location.reload();
  }
  /* Signed out, and the card is over: nothing of the person stays on the screen, and what waits to
     be sent goes after the next sign-in. */
  async function cover() {
    const record = await vault.visit(uid);
    if (!signedOut || record?.kit || !root.querySelector("main")) return;
    root.querySelector("footer")?.remove();
    root.querySelector("main").replaceChildren(strip("covered", []));
    shown = "";
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────
  async function flush({ byHand = false } = {}) {
    if (!uid) return;
    if (flushing) {
      again = true;
      return;
    }
    flushing = true;
    clearTimeout(retry);
    try {
      if (!(await vault.queued(uid)).length) return;
      const came = await queue.flush(uid, urls.queue, { background: !byHand, live });
      live = "";
      lost = Boolean(came.away) && !came.refused;
      signedOut = Boolean(came.signedOut);
      if (came.gone) {
        await gone("revoked");
        return;
      }
      if (came.away || came.signedOut) {
        retry = setTimeout(() => flush(), RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
        return;
      }
      tries = 0;
      if ([...came.kept, ...came.invalid].some((one) => one.do === "company")) said = null;
      await learn(came.kit);
      await follow(came.kit);
      if (came.more) again = true; // a photo goes after everything else
      came.invalid.forEach((one) => mark(one.errors));
      if (came.invalid.some((one) => one.do === "photo")) announce("no-photo", []);
      else if (came.kept.length) announce("kept", came.kept);
      else if (came.sent.length) announce("sent", came.sent);
    } finally {
      flushing = false;
      await cover();
      await tell();
    }
    if (again) {
      again = false;
      await flush({ byHand });
    }
  }
  function mark(errors) {
    root.querySelectorAll("[data-err]").forEach((place) => {
      const said = errors[place.dataset.err];
      place.hidden = !said;
      if (said?.[0]) place.querySelector("span").textContent = said[0];
    });
    root.querySelector("[data-err]:not([hidden])")?.scrollIntoView({ block: "center" });
  }
  /* What the portal would refuse is told here, before it is queued. */
  function missing(form, data) {
    const errors = {};
    const verb = form.dataset.fieldForm;
    if (verb === "note" && !data.text?.trim()) errors.text = [""];
    if (verb === "decline" && !data.reason) errors.reason = [""];
    if (verb === "found") {
      if (!data.found_state) errors.found_state = [""];
      const final = form.dataset.final.split(" ").includes(data.found_state);
      if (final && data.found_state !== "death" && !data.close_reason) errors.close_reason = [form.dataset.saidReason];
      if (final && data.found_state !== "death" && data.close_reason === "death") errors.close_reason = [form.dataset.saidDeath];
    }
    return errors;
  }
  let doing = false;
  async function act(form, button) {
    const data = Object.fromEntries(new FormData(form));
    if (button?.name) data[button.name] = button.value;
    delete data.csrfmiddlewaretoken;
    delete data.photo;
    const errors = missing(form, data);
    mark(errors);
    if (Object.keys(errors).length || doing) return;
    doing = true;
    const verb = form.dataset.fieldForm;
    try {
      const kit = await keptKit();
      const picture = verb === "found" ? photo.taken() : "";
      if (picture) await queue.add(uid, "photo", { image: picture });
      live = (await queue.add(uid, verb, data)).key;
      // Only what the phone has kept may leave the screen.
      if (verb === "found") photo.drop();
      if (verb === "note") {
        form.reset();
        form.closest("details")?.removeAttribute("open");
      }
      if (NEXT[verb]) await show(kit, NEXT[verb]);
      await tell();
    } finally {
      doing = false;
    }
    flush({ byHand: true });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-field-form]");
    if (!form || !ready) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act(form, event.submitter).catch(() => { document.getElementById("send-failed")?.removeAttribute("hidden"); });
  }, true);
  /* Whoever signs out by hand leaves no card on the phone; what waits to be sent stays. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!vault.able || form.getAttribute("action") !== root.dataset.signOut) return;
    event.preventDefault();
    wipeCards().catch(() => {}).finally(() => form.submit());
  });
  async function wipeCards() {
    for (const record of await vault.visits()) await vault.wipeCard(record.visit);
  }
  document.addEventListener("change", (event) => {
    root.querySelector(`[data-err="${event.target.name}"]`)?.setAttribute("hidden", "");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-try-again]")) location.reload();
  });
  window.addEventListener("online", () => {
    lost = false;
    tell();
    if ("listPage" in root.dataset) sendFromList();
    else look().then(() => flush());
  });
  /* Back on this page, perhaps from one where somebody signed out. */
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && ready && !("listPage" in root.dataset)) look().then(() => flush());
  });
  window.addEventListener("offline", () => { lost = true; tell(); });

  // ── beginning ────────────────────────────────────────────────────────────────────────────
  let ready = false;
  async function begin() {
    mapLink();
    if ("serviceWorker" in navigator) {
      navigator.serviceWorker.register(root.dataset.worker, { scope: "/visits/" }).catch(() => {});
    }
    if ("listPage" in root.dataset) {
      await purgeOthers();
      await sendFromList();
      return;
    }
    if (!uid) {
      await listKept();
      return;
    }
    if (!(await vault.visit(uid)) && !root.dataset.kit) {
      root.querySelector("[data-nothing]")?.removeAttribute("hidden");
      return;
    }
    if ("shellPage" in root.dataset) {
      lost = true;
      const kit = await keptKit();
      if (kit) await follow(kit);
      else root.querySelector("[data-nothing]")?.removeAttribute("hidden");
      ready = Boolean(kit);
      await look();
      await flush();
      // The network is back: the portal's own page takes over.
      if (!lost && !(await vault.queued(uid)).length) location.reload();
    } else {
      await flush();
      const kit = root.dataset.kit ? await fetchKit() : null;
      if (kit) await follow(kit);
      else if (!root.dataset.kit) await vault.wipeCard(uid);
      ready = Boolean(await vault.visit(uid));
    }
    root.dataset.ready = String(ready);
    await tell();
    setInterval(() => look().then(() => flush()), LOOK_MS);
  }
  /* Somebody else signed in on this phone: the former person's cards go, what waits stays theirs. */
  async function purgeOthers() {
    for (const record of await vault.visits()) {
      if (record.user !== root.dataset.user || now(record) >= record.until) await vault.wipeCard(record.visit);
    }
  }
  /* What waits of one's own visits goes out from the list too: nobody has to open each of them. */
  async function sendFromList() {
    let sent = 0;
    for (const record of await vault.visits()) {
      if (record.user !== root.dataset.user) continue;
      let came = { more: true };
      while (came.more) {
        came = await queue.flush(record.visit, `/visits/${record.visit}/queue/`, { keepInvalid: true });
        if (came.gone) await vault.wipe(record.visit);
        else if (came.kit?.stage === "done") await vault.wipeCard(record.visit);
        sent += (came.sent?.length ?? 0) + (came.kept?.length ?? 0);
      }
    }
    if (sent) location.reload(); // the list as it is now
  }
  async function listKept() {
    const list = root.querySelector("[data-kept-visits]");
    const records = await vault.visits();
    for (const record of records) {
      const waiting = (await vault.queued(record.visit)).length;
      const link = Object.assign(document.createElement("a"), { className: "panel visit-row", href: `/visits/${record.visit}/` });
      link.textContent = list.dataset.open + (waiting ? ` · ${list.dataset.waiting.replace("{}", waiting)}` : "");
      list.append(Object.assign(document.createElement("li"), {}));
      list.lastChild.append(link);
    }
    if (!records.length) root.querySelector("[data-nothing]")?.removeAttribute("hidden");
  }
  if (vault.able) begin().catch(() => {});
})();
