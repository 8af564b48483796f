"use strict";
// Starts Swagger UI on #api-docs. No validator of another host, and no key is remembered.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  if (!place) return;
  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    validatorUrl: null,
    persistAuthorization: false,
    deepLinking: false,
    defaultModelsExpandDepth: 0,
    // It draws a <main> of its own; the page has one already.
    onComplete: () => {
      for (const inner of place.querySelectorAll("main")) inner.setAttribute("role", "group");
    },
  });
});
