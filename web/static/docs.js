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
