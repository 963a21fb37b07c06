// The web edition's own behaviour.  Everything works from a folder (file://) as
// well as from a server, and reads without this script.
"use strict";

(() => {
  const root = document.documentElement;
  const words = document.body.dataset;
  const here = document.currentScript ? document.currentScript.src : "";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const keep = (key, value) => { try { localStorage.setItem(key, value); } catch { /* not kept, then */ } };

  // --- Colours: the system's, light, dark ----------------------------------

  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const schemeButton = one(".web-scheme");

  const paint = () => {
    const mode = root.dataset.mode;
    root.dataset.theme = mode === "auto" ? (systemDark.matches ? "dark" : "light") : mode;
    if (!schemeButton) return;
    const label = `${schemeButton.dataset.label}: ${schemeButton.dataset[mode]}`;
    schemeButton.title = label;
    schemeButton.setAttribute("aria-label", label);
  };

  schemeButton?.addEventListener("click", () => {
    const order = ["auto", "light", "dark"];
    root.dataset.mode = order[(order.indexOf(root.dataset.mode) + 1) % order.length];
    keep("mode", root.dataset.mode);
    paint();
  });
  systemDark.addEventListener("change", paint);
  paint();

  // Paper is white.
  addEventListener("beforeprint", () => {
    root.dataset.theme = "light";
    for (const fold of all("details.answer:not([open])")) {
      fold.open = true;
      fold.dataset.opened = "print";
    }
  });
  addEventListener("afterprint", () => {
    paint();
    for (const fold of all("details[data-opened]")) {
      fold.open = false;
      delete fold.dataset.opened;
    }
  });

  // --- Drawers: contents on the left, this page's contents on the right ----

  const drawer = (button, side) => {
    const sidebar = document.getElementById(`pst-${side}-sidebar`);
    const dialog = document.getElementById(`pst-${side}-sidebar-modal`);
    if (!button || !sidebar || !dialog) return;
    // The theme styles an open dialog with the sidebar's classes as a drawer.
    const move = (from, to) => {
      to.append(...from.childNodes);
      to.className = from.className;
      from.className = "";
    };
    const label = button.getAttribute("aria-label");
    dialog.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      if (side === "primary" && matchMedia("(min-width: 992px)").matches) {
        const hidden = sidebar.classList.toggle("pst-sidebar-hidden");
        button.setAttribute("aria-expanded", String(!hidden));
        return;
      }
      move(sidebar, dialog);
      dialog.showModal();
      one("[aria-current], .current > a, a", dialog)?.focus();
    });
    dialog.addEventListener("close", () => move(dialog, sidebar));
    dialog.addEventListener("click", (event) => {
      const box = dialog.getBoundingClientRect();
      const outside = event.clientX < box.left || event.clientX > box.right;
      // A link to a place on this page leads nowhere as long as the drawer covers it.
      if (outside || event.target.closest("a[href*='#'], [data-search-open]")) dialog.close();
    });
  };
  drawer(one(".web-open-contents"), "primary");
  drawer(one(".web-open-page-toc"), "secondary");

  for (const link of all("#pst-primary-sidebar a.current")) link.setAttribute("aria-current", "page");
  const contents = document.getElementById("pst-primary-sidebar");
  const currentLink = contents && one("[aria-current]", contents);
  if (currentLink) contents.scrollTop = currentLink.offsetTop - contents.clientHeight / 2;

  // --- Where the reader is -------------------------------------------------

  const sections = all("article section[id]");
  const tocLinks = new Map(
    all("#web-page-toc a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]),
  );
  const header = one(".bd-header-article");

  const currentSection = () => {
    // A heading that a link has brought to the top is the place, its subsection is not.
    const line = (header ? header.offsetHeight : 0) + 40;
    let current = null;
    for (const section of sections) {
      if (section.getBoundingClientRect().top <= line) current = section;
      else break;
    }
    return current;
  };

  const markPlace = () => {
    const section = currentSection();
    let link = null;
    for (let each = section; each && !link; each = each.parentElement.closest("section[id]")) {
      link = tocLinks.get(each.id) || null;
    }
    for (const other of tocLinks.values()) {
      other.classList.toggle("active", other === link);
      if (other === link) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    for (const entry of all("#web-page-toc .toc-entry")) {
      entry.classList.toggle("active", Boolean(link) && entry.contains(link));
    }
    const length = root.scrollHeight - innerHeight;
    root.style.setProperty("--web-read", length > 0 ? String(Math.min(1, scrollY / length)) : "1");
    root.classList.toggle("web-scrolled", scrollY > 8);
  };

  let waiting = false;
  const placeSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; markPlace(); });
  };
  addEventListener("scroll", placeSoon, { passive: true });
  addEventListener("resize", placeSoon);
  markPlace();

  // --- The same place in the other language --------------------------------

  const samePlace = (event) => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const box = target?.getBoundingClientRect();
    const seen = box && box.bottom > 0 && box.top < innerHeight;
    // The address may be that of a section left long ago.
    event.currentTarget.hash = seen ? location.hash : scrollY > 200 ? `#${currentSection()?.id ?? ""}` : "";
  };
  for (const link of all(".edition-switch a")) {
    for (const kind of ["pointerdown", "focus", "click"]) link.addEventListener(kind, samePlace);
  }

  // --- Old addresses -------------------------------------------------------

  const leadOn = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const moved = place?.matches(".web-moved") ? place : location.hash ? null : one("h1 + .web-moved");
    if (moved) location.replace(one("a", moved).href);
  };
  addEventListener("hashchange", leadOn);
  leadOn();

  // --- Where the reader was ------------------------------------------------

  const isChapter = Boolean(one("a[rel='prev']"));
  addEventListener("pagehide", () => {
    if (!isChapter || scrollY < 200) return;
    const section = currentSection();
    const heading = section && one("h1, h2, h3, h4", section);
    if (!heading) return;
    const name = heading.cloneNode(true);
    one(".headerlink", name)?.remove();
    const page = location.href.split("#")[0].slice(new URL(rootAddress(), location.href).href.length);
    keep(`web-place-${root.lang}`, JSON.stringify([`${page}#${section.id}`, name.textContent.trim()]));
  });

  function rootAddress() {
    return root.dataset.content_root || "./";
  }

  const resume = one(".web-resume");
  if (resume) {
    try {
      const [address, name] = JSON.parse(localStorage.getItem(`web-place-${root.lang}`));
      const target = new URL(address, new URL(rootAddress(), location.href));
      const inside = target.href.startsWith(new URL(rootAddress(), location.href).href);
      if (inside && name) {
        const link = one("a", resume);
        link.href = target.href;
        link.append(name);
        resume.hidden = false;
      }
    } catch { /* nothing was kept, or not by this script */ }
  }

  // --- Code that can be copied ---------------------------------------------

  const textOf = (block) => {
    const copy = block.cloneNode(true);
    for (const prompt of all(".gp", copy)) prompt.remove();
    // What was printed leaves with its line.
    for (const printed of all(".go", copy)) {
      printed.textContent = printed.textContent.replace(/[^\n]+/g, "\0");
    }
    // No line end at the end: what is pasted into a terminal must not run by itself.
    return copy.textContent.replace(/^\0+\n?/gm, "").replace(/^\n+/, "").trimEnd();
  };

  const copyText = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("refused");
    return undefined;
  };

  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  document.body.append(status);

  for (const block of all("article .highlight > pre")) {
    // Output is compared, not typed.
    if (block.closest(".output")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "web-copy";
    button.title = words.copy;
    button.setAttribute("aria-label", words.copy);
    button.innerHTML = '<span class="icon icon-copy" aria-hidden="true"></span>';
    button.addEventListener("click", async () => {
      let said = words.copied;
      try { await copyText(textOf(block)); } catch { said = words.copyFailed; }
      button.classList.toggle("web-copied", said === words.copied);
      button.title = said;
      status.textContent = said;
      setTimeout(() => {
        button.classList.remove("web-copied");
        button.title = words.copy;
        status.textContent = "";
      }, 2000);
    });
    // In the line above the code it covers nothing, however narrow the window.
    const bar = one(".command-place", block.closest(".command") || button)
      || one(".code-block-caption", block.closest(".literal-block-wrapper") || button);
    if (bar) bar.classList.add("web-bar");
    (bar || block.parentElement).append(button);
  }

  // --- What scrolls sideways can be reached by key -------------------------

  const reachable = () => {
    for (const block of all("article .highlight > pre, .pst-scrollable-table-container")) {
      const scrolls = block.scrollWidth > block.clientWidth + 1;
      if (scrolls) {
        block.tabIndex = 0;
        block.setAttribute("role", "group");
        block.setAttribute("aria-label", block.matches("pre") ? words.scrollableCode : words.scrollableTable);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) block.removeAttribute(name);
      }
    }
  };
  addEventListener("resize", reachable);
  addEventListener("load", reachable);
  reachable();

  // --- Menus close when one leaves them ------------------------------------

  for (const menu of all(".web-menu")) {
    addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      one("summary", menu).focus();
    });
  }

  // --- Search: the code and the index come when they are asked for ---------

  const box = document.getElementById("web-search");
  let loading = null;
  const loadSearch = () => {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("search.js", here).href;
      script.addEventListener("load", () => resolve(window.bookSearch(box)));
      script.addEventListener("error", () => {
        loading = null;
        one(".web-search-status", box).textContent = one("form", box).dataset.failed;
        reject(new Error("search.js"));
      });
      document.head.append(script);
    });
    return loading;
  };

  const openSearch = () => {
    if (box instanceof HTMLDialogElement && !box.open) box.showModal();
    const field = one("input", box);
    field.focus();
    field.select();
    loadSearch().catch(() => {});
  };

  if (box) {
    for (const button of all("[data-search-open]")) button.addEventListener("click", openSearch);
    one("[data-search-close]", box)?.addEventListener("click", () => box.close());
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
      const chord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
      if (!(chord || (slash && !typing))) return;
      event.preventDefault();
      openSearch();
    });
    if (!(box instanceof HTMLDialogElement)) openSearch();
  }
})();
