// Starts GraphiQL on the page written by schema/serving/graphiql.py. Its only inputs are the page's data attributes
// and its URL; its only requests go to the endpoint named there.
"use strict";

(() => {
  // Longer addresses are cut or refused by proxies on the way back in; such a query stays in the editor alone.
  const LONGEST_SEARCH = 6000;
  const LONG_NUMBER = /\d{6}/;
  // The token is pasted over the last word; it stays in this tab's editor and never in the address.
  const DEFAULT_HEADERS = JSON.stringify(
    { "Authorization": "Bearer PASTE-A-TOKEN-HERE", "X-Fourfold-Purpose": "LOOKUP" },
    null,
    2,
  );

  const place = document.getElementById("graphiql");
  const { React, ReactDOM, GraphiQL } = window;

  /** Storage of this browser tab: queries may hold identity numbers and must not outlive the session. */
  function sessionStorageOrNone() {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  }

  /** What a reload shows again. GraphiQL's own memory of it mixes one tab's query with another's variables. */
  function lastTab(storage) {
    try {
      const { tabs, activeTabIndex } = JSON.parse(storage.getItem("graphiql:tabState"));
      const { query, variables } = tabs[activeTabIndex];
      return { query: query ?? "", variables: variables ?? "" };
    } catch {
      return {};
    }
  }

  /** A link says everything: without variables of its own it must not meet those of an earlier tab. */
  function contents(storage) {
    const asked = new URLSearchParams(window.location.search);
    if (!asked.has("query")) return lastTab(storage);
    return { query: asked.get("query"), variables: asked.get("variables") ?? "" };
  }

  function createFetcher(endpoint) {
    const socket = new URL(endpoint);
    socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";
    return GraphiQL.createFetcher({
      url: endpoint.href,
      subscriptionUrl: socket.href,
      enableIncrementalDelivery: false,
      headers: { accept: "application/graphql-response+json, application/json" },
    });
  }

  /**
   * Keeps the address a link to the question. Headers stay out, they may carry a token; variables stay out, they
   * name people; and so does a question with a number as long as a part of an identity number.
   */
  function writeAddress({ tabs, activeTabIndex }) {
    const { query } = tabs[activeTabIndex];
    const params = new URLSearchParams();
    const isShared = query && query !== place.dataset.defaultQuery && !LONG_NUMBER.test(query);
    if (isShared) params.set("query", query);
    const search = params.toString();
    const kept = search && search.length <= LONGEST_SEARCH ? `?${search}` : "";
    window.history.replaceState(null, "", window.location.pathname + kept);
  }

  function logo() {
    return React.createElement(
      GraphiQL.Logo,
      { key: "logo" },
      React.createElement("span", { className: "fourfold-logo" }, "一图四库 · Fourfold"),
    );
  }

  function start() {
    const storage = sessionStorageOrNone();
    const { query, variables } = contents(storage);
    const page = React.createElement(
      GraphiQL,
      {
        fetcher: createFetcher(new URL(place.dataset.endpoint, window.location.href)),
        query,
        variables,
        defaultQuery: place.dataset.defaultQuery,
        defaultHeaders: DEFAULT_HEADERS,
        defaultEditorToolsVisibility: variables ? "variables" : "headers",
        isHeadersEditorEnabled: true,
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
        storage,
        onTabChange: writeAddress,
      },
      logo(),
    );
    ReactDOM.createRoot(place).render(page);
    place.removeAttribute("aria-busy");
  }

  if (React && ReactDOM && GraphiQL) {
    start();
  } else {
    place.removeAttribute("aria-busy");
    place.firstElementChild.textContent =
      "GraphiQL 未能载入，请刷新页面。GraphiQL could not be loaded; please reload the page.";
  }
})();
