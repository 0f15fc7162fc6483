/* Starts Swagger UI with the API's description, the theme, and the CSRF header that a signed-in browser must send. */
(() => {
  const root = document.documentElement;
  const place = document.getElementById("api-docs");
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);
  const showTheme = () => root.classList.toggle("dark-mode", isDark());

  showTheme();
  document.addEventListener("themechange", showTheme);

  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (!["GET", "HEAD", undefined].includes(request.method)) request.headers["X-CSRFToken"] = place.dataset.csrf;
      return request;
    },
  });
})();
