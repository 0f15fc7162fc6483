/* Starts Swagger UI with the API's description, the theme, and the CSRF header that a signed-in browser must send. */
(() => {
  const root = document.documentElement;
  const place = document.getElementById("api-docs");
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);
  const showTheme = () => root.classList.toggle("dark-mode", isDark());

  showTheme();
  document.addEventListener("themechange", showTheme);

  /* Swagger UI writes a page of its own: a second main, a second h1, and links inside buttons. This plugin lays it out as
     a part of this page (https://swagger.io/docs/open-source-tools/swagger-ui/customization/custom-layout/). */
  function partOfThePage({ React }) {
    const make = React.createElement;

    function PartLayout({ getComponent, specSelectors }) {
      const part = (name) => make(getComponent(name, true));
      const wrapped = (name) => make("div", { className: "wrapper" }, part(name));
      if (specSelectors.loadingStatus() === "failed") return make("div", { className: "swagger-ui" }, part("errors"));
      if (!specSelectors.specStr()) return make("p", null, "Loading the description …");
      return make("div", { className: "swagger-ui" }, make(getComponent("SvgAssets")), part("errors"),
        make("div", { className: "information-container wrapper" }, part("InfoContainer")),
        make("div", { className: "scheme-container" },
          make("div", { className: "schemes wrapper" }, part("AuthorizeBtnContainer"))),
        wrapped("operations"), wrapped("Models"));
    }

    /** The same elements, with a heading one level lower. */
    function lowered(element) {
      if (!React.isValidElement(element)) return element;
      const { type, key, props } = element;
      const children = React.Children.toArray(props.children).map(lowered);
      return make(type === "h1" ? "h2" : type, { ...props, key }, ...children);
    }

    return {
      components: { PartLayout },
      wrapComponents: {
        OAS31Info: (Original) => (props) => lowered(Original(props)),
        DeepLink: (Original) => (props) =>
          props.path?.includes("/") ? make("span", null, props.text) : make(Original, props), // else within a button
      },
    };
  }

  /* It leaves fields without a name. */
  const names = { ".body-param__text": "Body of the request", ".examples-select-element": "Example" };
  const nameFields = () => {
    for (const [selector, name] of Object.entries(names)) {
      place.querySelectorAll(`${selector}:not([aria-label])`).forEach((field) => field.setAttribute("aria-label", name));
    }
  };
  new MutationObserver(nameFields).observe(place, { childList: true, subtree: true });

  SwaggerUIBundle({
    plugins: [partOfThePage],
    layout: "PartLayout",
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    syntaxHighlight: { activated: false }, // its colours are too faint
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
