"use strict";

const prefix = document.body.dataset.prefix;

fetch(`${prefix}/docs/openapi.json`)
  .then((response) => response.json())
  .then((description) => {
    // Whatever address led here, requests go back to it: the security policy allows no other.
    description.servers = [{ url: location.origin + prefix }];
    Scalar.createApiReference("#reference", {
      content: description,
      // Nothing from elsewhere, nothing sent elsewhere.
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: "never",
      agent: { disabled: true },
      mcp: { disabled: true },
      authentication: { preferredSecurityScheme: "bearer" },
      defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    });
  });

// The viewer gives some parts of its dialog roles and names without what these need (WAI-ARIA 1.2),
// and leaves what is behind the dialog open to the keyboard.
const mends = {
  "button[role='none']": (button) => button.removeAttribute("role"),
  "[role='combobox']:not([aria-expanded])": (box) => box.setAttribute("aria-expanded", "false"),
  ".cm-content:not([aria-label])": (editor) => editor.setAttribute("aria-label", "Body"),
  "[role='dialog'] > [aria-label^='Notifications']": (part) =>
    part.setAttribute("aria-label", "Outcome of requests"),
  "main.references-rendered": (main) => {
    main.inert = document.querySelector(".scalar-client--open") !== null;
  },
};

function mend() {
  for (const [selector, change] of Object.entries(mends)) {
    document.querySelectorAll(selector).forEach(change);
  }
}

new MutationObserver(mend).observe(document.body, {
  attributeFilter: ["class"],
  childList: true,
  subtree: true,
});
