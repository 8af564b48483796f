/* The control board: live queue, keyboard, lost link; its sound and its clock have files of their
   own. Everything it does can also be done without it: rows are links, actions are forms. */
(() => {
  "use strict";
  const selected = document.getElementById("selected");
  if (!selected) return;
  const desk = document.getElementById("desk") || document.createElement("div");
  const words = desk.dataset;
  const queue = document.getElementById("queue-body");
  const live = document.getElementById("desk-status");
  const link = document.getElementById("desk-link");
  const KEYS_OFF = "desk.keys.off";
  const plainTitle = document.title.replace(/^\([^)]*\) /, "");
  const drafts = new Map();
  let lastOk = performance.now();
  let lostSince = null;
  let knownReds = new Set(redIds());

  function rows() {
    return queue ? Array.from(queue.querySelectorAll("a[data-case]")) : [];
  }
  function redIds() {
    return rows().filter((a) => a.dataset.newRed !== undefined).map((a) => a.dataset.case);
  }
  function current() {
    const holder = selected && selected.querySelector("[data-case-uid]");
    return holder ? holder.dataset.caseUid : "";
  }

  /* ── live queue: a poll that costs a 304 while nothing changes ───────────── */
  const isQueue = (event) => queue !== null && event.detail.elt === queue;
  let anchor = null;
  let newsBy = "others";  // or "me": this person, in another window
  /* What the operator did must be in the next answer; what the clock asks for may be a moment old,
     but not older than what this page has shown. */
  let owed = false;
  document.body.addEventListener("queue-changed", () => { owed = true; }, true);

  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id === "desk-feeds") event.detail.headers["X-Background"] = "1";
    if (!isQueue(event)) return;
    event.detail.headers["X-Background"] = "1";
    if (!owed && queue.dataset.seen) event.detail.headers["X-Desk-Seen"] = queue.dataset.seen;
    owed = false;
    if (queue.dataset.etag) event.detail.headers["If-None-Match"] = queue.dataset.etag;
    event.detail.parameters.set("case", current());
    const holder = selected.querySelector("[data-case-uid]");
    if (holder) event.detail.parameters.set("shown", holder.dataset.version);
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (!isQueue(event)) return;
    const xhr = event.detail.xhr;
    if (xhr.status !== 304 && xhr.getResponseHeader("X-Desk-Queue") !== "1") {
      // The answer is another page: the session has ended. Show the sign-in page as a page.
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    event.detail.shouldSwap = xhr.status === 200;
    queue.dataset.seen = xhr.getResponseHeader("X-Desk-Seen") || "";
    if (xhr.status === 200) {
      queue.dataset.etag = xhr.getResponseHeader("ETag") || "";
      newsBy = xhr.getResponseHeader("X-News-By") || "others";
      anchor = anchorRow();
    }
    backOnline();
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === queue) {
      markMine();  // it was asked for before the case beside it had changed
      keepInPlace();
      announce();
      followSelected();
    }
    if (event.detail.target === selected) {
      swaps += 1;
      afterSelected(event.detail.xhr);
    }
  });

  /* A row the operator looks at never moves on the screen: the column scrolls instead. A list that
     is all in sight stays so: nothing new may hide above an empty space. */
  function anchorRow() {
    const row = rows().find((a) => a === document.activeElement) ||
      rows().find((a) => a.dataset.case === current());
    if (!row) return null;
    return { uid: row.dataset.case, top: row.getBoundingClientRect().top };
  }
  function keepInPlace() {
    const column = queue.closest(".queue");
    if (!column || getComputedStyle(column).overflowY !== "auto") return;
    const spacer = document.getElementById("queue-spacer");
    const row = anchor && rows().find((a) => a.dataset.case === anchor.uid);
    const moved = row ? row.getBoundingClientRect().top - anchor.top : 0;
    const end = spacer.getBoundingClientRect().top - column.getBoundingClientRect().top + column.scrollTop;
    const fits = end <= column.clientHeight;
    spacer.style.height = fits ? "0" : `${Math.max(0, column.clientHeight + moved + column.scrollTop - end)}px`;
    if (fits) column.scrollTop = 0;
    else if (row) column.scrollTop += moved;
    showMine();
    showAbove(column);
  }
  /* The case that was just chosen or taken is in sight, wherever it now stands. */
  let inSight = current();
  function showMine() {
    const uid = current();
    const row = rows().find((a) => a.dataset.case === uid);
    if (row && uid !== inSight) row.scrollIntoView({ block: "nearest" });
    if (row) inSight = uid;
  }
  function showAbove(column) {
    const edge = column.getBoundingClientRect().top + 40;
    const passed = rows().filter((a) => a.getBoundingClientRect().bottom < edge);
    const fresh = passed.filter((a) => a.dataset.newRed !== undefined).length;
    const box = document.getElementById("queue-above");
    if (!box) return;
    box.hidden = fresh === 0;
    box.querySelector("b").textContent = String(fresh);
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#queue-above")) return;
    queue.closest(".queue").scrollTop = 0;
    event.target.closest("#queue-above").hidden = true;
  });

  function announce() {
    if (!queue) return;
    const reds = redIds();
    const fresh = reds.filter((uid) => !knownReds.has(uid));
    knownReds = new Set(reds);
    rows().filter((a) => fresh.includes(a.dataset.case))
      .forEach((a) => a.closest(".q").classList.add("is-arrived"));
    const count = queue.querySelector("[data-red-count]");
    title(count ? Number(count.dataset.redCount) : 0);
    if (fresh.length && live) {
      live.textContent = words.newRed.replace("{n}", String(fresh.length));
      document.dispatchEvent(new Event("portal:new-red"));
    }
  }
  function title(count) {
    const prefix = lostSince ? words.lostTitle : count ? words.redTitle.replace("{n}", count) : "";
    document.title = `${prefix}${plainTitle}`;
  }

  /* The middle column follows events of the selected case, never over typed words. */
  function followSelected() {
    const holder = selected && selected.querySelector("[data-case-uid]");
    if (!holder || holder.dataset.open !== "1") return;
    const row = rows().find((a) => a.dataset.case === holder.dataset.caseUid);
    const version = row ? row.dataset.version : "gone";
    // A poll may have been on its way while this person saved: what is older is no news.
    if (Number(version) <= Number(holder.dataset.version) || holder.dataset.told === version) return;
    holder.dataset.told = version;
    if (isBusy()) tellNews();
    else refresh();
  }
  function tellNews() {
    const note = document.getElementById("case-news");
    if (!note) return;
    note.querySelectorAll("[data-by]").forEach((one) => { one.hidden = one.dataset.by !== newsBy; });
    note.hidden = false;
  }
  function isBusy() {
    const typed = Array.from(selected.querySelectorAll("textarea, input[type=text]"))
      .some((field) => field.value !== field.defaultValue);
    return typed || selected.querySelector("details[open] form") !== null || isTyping(document.activeElement);
  }
  let swaps = 0;  // what stands in the middle column is its nth content
  function refresh(asked = false) {
    const holder = selected.querySelector("[data-case-uid]");
    window.htmx.ajax("GET", holder.dataset.url, {
      target: "#selected",
      swap: "innerHTML",
      headers: { "X-Background": "1", "X-News-Of": String(swaps), ...(asked ? {} : { "X-Follow": "1" }) },
    });
  }
  /* News that were on their way while this person saved or chose another case come too late. What
     stands there now may be older than they are all the same, and no later poll would tell: they
     are 304. A box that was opened meanwhile is not closed by them. */
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const headers = event.detail.requestConfig ? event.detail.requestConfig.headers : {};
    if (event.detail.target !== selected || !headers["X-News-Of"]) return;
    if (headers["X-News-Of"] !== String(swaps)) {
      event.detail.shouldSwap = false;
      if (queue) followSelected();
    } else if (headers["X-Follow"] && isBusy()) {
      event.detail.shouldSwap = false;
      tellNews();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-refresh-case]")) refresh(true);
  });

  /* ── what was typed survives every swap until it is saved ────────────────── */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!selected || !selected.contains(field) || !field.id || !field.matches("textarea, input[type=text]")) return;
    if (!drafts.has(current())) drafts.set(current(), new Map());
    drafts.get(current()).set(field.id, field.value);
  });
  function afterSelected(xhr) {
    const kept = drafts.get(current());
    const saved = xhr ? xhr.getResponseHeader("X-Saved") : "";
    if (kept) {
      kept.forEach((value, id) => {
        const field = document.getElementById(id);
        if (saved && id.startsWith(`${saved}-`)) kept.delete(id);
        else if (field && !field.value) field.value = value;
      });
    }
    markMine();
    showMine();
    const notice = selected.querySelector("[data-focus]");
    if (notice) notice.focus();
    else if (xhr && xhr.getResponseHeader("HX-Trigger") && document.activeElement === document.body) {
      // The button that was pressed is gone: go on from the next one, not from the page's top.
      const next = selected.querySelector(".act .btn--primary");
      if (next) next.focus({ preventScroll: true });
    }
    const failed = document.getElementById("desk-failed");
    if (failed) failed.hidden = true;
  }
  function markMine() {
    rows().forEach((a) => mark(a, a.dataset.case === current()));
  }
  function mark(a, on) {
    const row = a.closest(".q");
    row.classList.toggle("is-sel", on);
    if (on) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  /* ── lost link (the strip itself is the frame's) and failed saves ────────── */
  function goneOffline() {
    if (!lostSince) lostSince = performance.now();
    title(0);
    tellAge();
  }
  function tellAge() {
    const age = Math.max(1, Math.round((performance.now() - lastOk) / 1000));
    const told = document.getElementById("desk-age");
    if (told) told.textContent = words.updated.replace("{n}", age);
    if (!lostSince || !link) return;
    link.classList.add("c-bad");
    link.querySelector("span").textContent = words.lostLink.replace("{n}", age);
  }
  function backOnline() {
    lastOk = performance.now();
    if (!lostSince) return;
    lostSince = null;
    link.classList.remove("c-bad");
    link.querySelector("span").textContent = words.liveLink;
    announce();
  }
  document.addEventListener("portal:reconnected", () => window.htmx.trigger(queue, "queue-changed"));
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((name) => {
    document.body.addEventListener(name, (event) => {
      if (isQueue(event)) {
        owed = true;
        goneOffline();
      }
      else if (event.detail.elt instanceof HTMLFormElement) saveFailed(event.detail.elt);
    });
  });
  setInterval(tellAge, 1000);

  let failedForm = null;
  function saveFailed(form) {
    failedForm = form;
    const box = document.getElementById("desk-failed");
    if (!box) return;
    box.hidden = false;
    box.querySelector("button").focus();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-retry-save]") && failedForm) failedForm.requestSubmit();
  });

  /* ── keyboard: matched on event.code, so it works with the Hangul IME on ─── */
  const keysOn = () => localStorage.getItem(KEYS_OFF) !== "1";
  function isTyping(target) {
    return target instanceof HTMLElement &&
      (target.isContentEditable || target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])"));
  }
  function step(by) {
    const list = rows();
    if (!list.length) return;
    const focused = list.indexOf(document.activeElement);
    const from = focused >= 0 ? focused : list.findIndex((a) => a.dataset.case === current());
    const next = list[Math.min(list.length - 1, Math.max(0, from + by))];
    next.focus();
    next.click();
  }
  function press(code) {
    const retry = code === "KeyR" ? ", [data-reconnect]" : "";
    const target = Array.from(document.querySelectorAll(`[data-key="${code}"]${retry}`))
      .find((one) => !one.disabled && one.getClientRects().length > 0);
    if (!target) return false;
    if (target.matches("summary")) {
      const box = target.parentElement;
      box.open = !box.open;
      const field = box.querySelector("input:not([type=hidden]), select, textarea, button, [data-told]");
      if (box.open && field) field.focus();
      else target.focus();
    } else if (target.matches("textarea")) {
      target.focus();
    } else {
      if (!target.classList.contains("sr")) target.focus();
      target.click();
    }
    return true;
  }
  /* A key of ours clicks for the person: that is a human act, not the page's own refresh. */
  let byHand = false;
  document.addEventListener("htmx:configRequest", (event) => {
    if (byHand && !isQueue(event)) delete event.detail.headers["X-Background"];
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!keysOn() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    let used = true;
    byHand = true;
    if (event.code === "KeyJ") step(1);
    else if (event.code === "KeyK") step(-1);
    else if (event.code === "Slash" && event.shiftKey) openKeys();
    else if (event.shiftKey) used = false;
    else used = press(event.code);
    byHand = false;
    if (used) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest && event.target.closest(".act__d[open]");
    if (event.code !== "Escape" || !box) return;
    box.open = false;
    box.querySelector("summary").focus();
  });

  const dialog = document.getElementById("desk-keys");
  const keysSwitch = document.getElementById("desk-keys-on");
  function openKeys() {
    if (!dialog) return;
    keysSwitch.checked = keysOn();
    dialog.showModal();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-keys]")) openKeys();
    if (event.target.closest("[data-close-keys]")) dialog.close();
    if (event.target.closest("a[data-case]")) desk.dataset.view = "case";
  });
  if (keysSwitch) {
    keysSwitch.addEventListener("change", () => {
      localStorage.setItem(KEYS_OFF, keysSwitch.checked ? "0" : "1");
    });
  }

  announce();
})();
