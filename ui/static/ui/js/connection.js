"use strict";
// Says when the server does not answer, how old the picture is, and tries again; says when an
// action was refused. What was typed stays where it is.
(() => {
  const RETRY_MS = 10000;
  let lostAt = null;
  let retry = null;

  const find = (name) => document.querySelector(`[data-${name}]`);

  function age() {
    const place = find("lost-age");
    if (!place || lostAt === null) return;
    const span = window.portal.spanInWords((performance.now() - lostAt) / 1000);
    place.textContent = find("lost").dataset.age.replace("{}", span);
  }

  function lost() {
    if (lostAt !== null || !find("lost")) return;
    lostAt = performance.now();
    find("lost").hidden = false;
    age();
    retry = setInterval(() => {
      age();
      reconnect();
    }, RETRY_MS);
  }

  function found() {
    if (lostAt === null) return;
    lostAt = null;
    clearInterval(retry);
    find("lost").hidden = true;
    document.dispatchEvent(new CustomEvent("portal:reconnected"));
  }

  async function reconnect() {
    try {
      await fetch("/healthz", { cache: "no-store", headers: { "X-Background": "1" } });
      found();
    } catch {
      age(); // still away; the next try follows
    }
  }

  function refused(event) {
    const { status } = event.detail.xhr;
    if (status === 401) {
      location.reload(); // signed out meanwhile: the server asks to sign in again
      return;
    }
    const strip = find("failed");
    if (!strip) return;
    const said = event.detail.xhr.getResponseHeader("X-Message");
    const place = find("failed-text");
    place.textContent = said ? decodeURIComponent(said) : place.dataset.default;
    strip.hidden = false;
  }

  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  document.addEventListener("htmx:responseError", refused);
  document.addEventListener("htmx:afterOnLoad", found);
  window.addEventListener("offline", lost);
  window.addEventListener("online", reconnect);

  // A page that refreshes itself does not prove that somebody sits in front of it.
  document.addEventListener("htmx:configRequest", (event) => {
    const trigger = event.detail.triggeringEvent;
    if (!trigger?.isTrusted) event.detail.headers["X-Background"] = "1";
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reconnect]")) reconnect();
    if (event.target.closest("[data-failed-close]")) find("failed").hidden = true;
  });
})();
