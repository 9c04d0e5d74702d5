"use strict";
// Searching, filtering and copying. The report reads without it. What is chosen stands in the address, after the #,
// so that it can be shared: #q=10.0.0.4&severity=error.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const shown = byId("shown");
  const ignored = byId("ignored");
  const fields = ["q", "severity", "rule", "verdict", "subscription", "about", "aside"];
  // Opening more than this by itself is of no use to anybody.
  const FEW = 20;

  const findings = [];
  const cards = [...document.querySelectorAll("#findings .card")].map((element) => {
    const own = element.matches(".finding") ? [element] : [...element.querySelectorAll(".finding")];
    const card = { element, shared: null, findings: [] };
    card.findings = own.map((one) => ({ element: one, card, text: null, data: one.dataset, about: new Set((one.dataset.about || "").split(" ")) }));
    findings.push(...card.findings);
    return card;
  });

  // Texts are gathered when somebody searches, and kept.
  const sharedText = (card) => {
    if (card.shared === null) {
      const parts = [...card.element.querySelectorAll(":scope > summary, :scope > .shared")];
      card.shared = (parts.map((part) => part.textContent).join(" ") + " " + card.element.dataset.cause).toLowerCase();
    }
    return card.shared;
  };
  const ownText = (finding) => (finding.text ??= (finding.element.id.slice(2) + " " + finding.element.textContent).toLowerCase());

  // An id means that resource and what stands below it, and not another whose name begins alike.
  const matcher = (query) => {
    const wanted = query.trim().toLowerCase();
    if (wanted === "") return () => true;
    if (wanted.startsWith("/subscriptions/")) {
      const exact = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "(?![\\w.-])");
      return (text) => exact.test(text);
    }
    const words = wanted.split(/\s+/);
    return (text) => text.includes(wanted) || words.every((word) => text.includes(word));
  };

  const matches = (finding, state, fits) => {
    const card = finding.card.element.dataset;
    const aside = "aside" in card;
    if (state.aside === "hide" ? aside : state.aside === "only" && !aside) return false;
    if (state.severity && card.s !== state.severity) return false;
    if (state.verdict && card.v !== state.verdict) return false;
    if (state.rule && finding.data.r !== state.rule) return false;
    if (state.about && !finding.about.has(state.about)) return false;
    if (state.subscription && finding.data.u !== state.subscription) return false;
    return !state.q || fits(sharedText(finding.card) + " " + ownText(finding));
  };

  const open = (details) => {
    for (let one = details; one; one = one.parentElement?.closest("details")) {
      one.open = true;
      addCopyButtons(one);
    }
  };

  // What a filter has opened is closed when there is none any more.
  const openedByFilter = new Set();

  const apply = (state) => {
    const fits = matcher(state.q || "");
    let count = 0;
    const left = [];
    for (const card of cards) {
      let here = 0;
      for (const finding of card.findings) {
        const fit = matches(finding, state, fits);
        finding.element.hidden = !fit;
        here += fit;
      }
      card.element.hidden = here === 0;
      if (here > 0) left.push(card);
      count += here;
    }
    for (const section of document.querySelectorAll("#findings .severity")) {
      section.hidden = !section.querySelector(":scope > .card:not([hidden])");
      const small = section.querySelector("h3 small");
      small.dataset.all ??= small.textContent;
      const out = section.querySelectorAll(".finding[hidden]").length;
      small.textContent = small.dataset.all + (out ? `, ${out} filtered out` : "");
    }
    const isFiltered = fields.some((name) => state[name]);
    if (!isFiltered) {
      openedByFilter.forEach((element) => (element.open = false));
      openedByFilter.clear();
    } else if (left.length <= FEW) {
      for (const card of left) {
        if (!card.element.open) openedByFilter.add(card.element);
        open(card.element);
      }
    }
    shown.textContent = `${count} of ${findings.length} findings shown`;
  };

  const stateOf = (hash) => {
    const given = new URLSearchParams(hash.includes("=") ? hash.slice(1) : "");
    return Object.fromEntries(fields.map((name) => [name, given.get(name) || ""]));
  };
  const stateOfForm = () => Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));
  const hashOf = (state) => {
    const chosen = fields.filter((name) => state[name]).map((name) => [name, state[name]]);
    return chosen.length ? "#" + new URLSearchParams(chosen) : location.pathname + location.search;
  };

  // What people call a set of findings: the name of the box, the row or the line of a table that stands for it.
  const nameOf = (key) => {
    const quoted = CSS.escape(key);
    const node = document.querySelector(`#picture [data-k="${quoted}"]`);
    if (node) return (node.querySelector(".name, .text") || node.querySelector("title"))?.textContent.split("\n")[0];
    return document.querySelector(`#estate a[href="#about=${quoted}"]`)?.closest("tr").querySelector("th span").textContent;
  };

  // A choice that the form does not have yet, or has by another name; "" where there is none.
  const choice = (name, wanted) => {
    const options = [...form.elements[name].options];
    const lower = wanted.toLowerCase();
    const is = (option) => option.value.toLowerCase() === lower || (name === "subscription" && option.textContent.toLowerCase() === lower);
    const known = options.find((option) => option.value && is(option));
    const called = !known && name === "about" && nameOf(wanted);
    if (called) form.elements.about.add(new Option(called, wanted));
    return known ? known.value : called ? wanted : "";
  };

  // Puts what the address says into the form, and says what of it nobody knows.
  const fill = (state) => {
    const unknown = [];
    for (const name of fields) {
      const element = form.elements[name];
      element.value = element.options && state[name] ? choice(name, state[name]) : state[name];
      if (state[name] && !element.value) unknown.push(`${name} “${state[name]}”`);
    }
    ignored.textContent = unknown.length ? `Nothing here is called ${unknown.join(" or ")}: that is not filtered by.` : "";
  };

  // The address was changed: to a filter, or to a place on the page. What is filtered stays so unless that hides the
  // place. Says whether it was a filter.
  const follow = (isFirst) => {
    const isFilter = location.hash.includes("=");
    const place = isFilter ? null : byId(location.hash.slice(1));
    if (form && (isFirst || !place || place.closest("[hidden]"))) {
      const state = stateOf(location.hash);
      fill(state);
      apply(stateOfForm());
    }
    if (place?.matches("details")) {
      open(place);
      place.scrollIntoView();
    }
    return isFilter;
  };

  const copy = async (button, pre) => {
    const code = pre.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 1500);
  };

  // Only where somebody looks: thousands of buttons would cost as much as the report.
  const addCopyButtons = (part) => {
    for (const pre of part.querySelectorAll("pre")) {
      if (pre.closest("details, .step") !== part || pre.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the command");
      button.addEventListener("click", () => copy(button, pre));
      pre.append(button);
    }
  };

  const filterBy = (filter) => {
    location.hash = "#" + new URLSearchParams(filter);
    byId("findings").scrollIntoView();
    byId("findings").focus({ preventScroll: true });
  };

  const wirePicture = () => {
    const picture = byId("picture");
    if (!picture) return;
    // An image has no parts to choose.
    picture.querySelector("svg")?.setAttribute("role", "group");
    const nodes = "[data-id], [data-k]";
    for (const node of picture.querySelectorAll(nodes)) {
      if (node.closest("a")) continue;
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
    }
    const chosen = (event) => {
      const node = event.target.closest(nodes);
      if (!node || !form) return;
      event.preventDefault();
      filterBy(node.dataset.k ? { about: node.dataset.k } : { q: node.dataset.id });
    };
    picture.addEventListener("click", chosen);
    picture.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && chosen(event));
  };

  const wireForm = () => {
    if (!form) return;
    let waiting = 0;
    const changed = () => {
      ignored.textContent = "";
      history.replaceState(null, "", hashOf(stateOfForm()));
      apply(stateOfForm());
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(changed));
    const fold = byId("fold");
    fold.addEventListener("click", () => {
      const opening = fold.textContent === "Open all";
      for (const card of cards) {
        if (!card.element.hidden) card.element.open = opening;
      }
      fold.textContent = opening ? "Close all" : "Open all";
    });
  };

  // Paper cannot be clicked. What was closed before is closed again.
  const wirePrinting = () => {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach((details) => (details.open = true));
    });
    addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));
  };

  document.querySelectorAll(".js").forEach((element) => (element.hidden = false));
  document.addEventListener("toggle", (event) => event.target.open && addCopyButtons(event.target), true);
  document.querySelectorAll("details[open], .step").forEach(addCopyButtons);
  wirePicture();
  wireForm();
  wirePrinting();
  addEventListener("hashchange", () => follow(false) && byId("findings").scrollIntoView());
  if (follow(true)) byId("findings").scrollIntoView();
})();
