"use strict";
// The server signs out whoever is idle. Typing alone sends nothing, so this tells the server
// now and then that somebody is there, and warns two minutes before the end. All tabs share
// one clock. Real time: an idle screen is idle in a fast demo, too.
(() => {
  // The server counts in steps of some seconds; ending a little early keeps the promise.
  const EARLY_MS = 20000;
  const limit = Number(document.documentElement.dataset.idleSeconds ?? 0) * 1000 - EARLY_MS;
  const dialog = document.getElementById("idle");
  if (limit <= 0 || !dialog) return;

  const KEY = "portal.active";
  const WARN_MS = Math.min(120000, limit / 2);
  const PING_MS = Math.min(60000, limit / 4);
  let active;
  let pinged;
  let expired = false;

  function lastActive() {
    try {
      return Math.max(active, Number(localStorage.getItem(KEY) ?? 0));
    } catch {
      return active;
    }
  }

  function remember() {
    active = Date.now();
    try {
      localStorage.setItem(KEY, String(active));
    } catch {
      // without storage every tab keeps its own clock
    }
  }

  async function ping() {
    pinged = Date.now();
    const headers = { "X-CSRFToken": token() };
    try {
      const answer = await fetch(dialog.dataset.ping, { method: "POST", headers, redirect: "manual" });
      if (answer.status !== 204) leave();
    } catch {
      pinged = 0; // no connection: connection.js says so, the next act tries again
    }
  }

  function token() {
    const headers = document.body.getAttribute("hx-headers");
    return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
  }

  function leave() {
    location.assign(`${dialog.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`);
  }

  // Arriving at the sign-in page while still signed in would send this page straight back.
  async function expire() {
    if (expired) return;
    expired = true;
    try {
      const headers = { "X-CSRFToken": token() };
      await fetch(dialog.dataset.signOut, { method: "POST", headers, redirect: "manual" });
    } catch {
      // no connection: the server's own clock ends the session
    }
    leave();
  }

  function acted(event) {
    if (!dialog.open && event.isTrusted) remember();
  }

  function look() {
    if (active > pinged && Date.now() - pinged > PING_MS) ping();
    const left = lastActive() + limit - Date.now();
    if (left <= 0) expire();
    if (left > WARN_MS) {
      if (dialog.open) dialog.close();
      return;
    }
    if (!dialog.open) dialog.showModal();
    const place = dialog.querySelector("[data-idle-left]");
    place.textContent = place.dataset.text.replace("{}", window.portal.spanInWords(left / 1000));
  }

  function stay() {
    remember();
    if (dialog.open) dialog.close();
    ping();
  }

  remember();
  pinged = active; // the server knows of the page that it has just sent
  for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(name, acted, { passive: true });
  }
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  setInterval(look, 1000);
})();
