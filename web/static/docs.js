"use strict";

fetch("/docs/openapi.json")
  .then((response) => response.json())
  .then((description) => {
    // This Swagger UI refuses 3.1 by its number; what we use of it, it shows like 3.0.
    description.openapi = "3.0.3";
    SwaggerUIBundle({
      spec: description,
      dom_id: "#swagger-ui",
      deepLinking: true,
      tryItOutEnabled: true,
      validatorUrl: null,
    });
  });
