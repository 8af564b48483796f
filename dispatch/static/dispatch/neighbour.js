/* Tells the portal that a person sees the question. A preview of the link runs no script. */
(() => {
  "use strict";
  const form = document.querySelector("[data-neighbour]");
  const send = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", send);
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    fetch(form.dataset.neighbour, { method: "POST", body, keepalive: true }).catch(() => {});
  };
  if (!form) return;
  document.addEventListener("visibilitychange", send);
  send();
})();
