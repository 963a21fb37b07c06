// Shows the definition of a term beside its link: by mouse, by focus, and by a first touch.
// The text is in the page already; nothing is fetched, so file:// works as well.
// WCAG 1.4.13: Escape dismisses, the pointer may move onto the tooltip, nothing hides by time.
"use strict";

(() => {
  const GAP = 6;
  const MARGIN = 8;
  const LINGER = 120;
  let link = null;
  let tip = null;
  let leaving = 0;

  const place = () => {
    // A term that wraps has one rectangle per line: the tooltip goes to the last.
    const lines = link.getClientRects();
    const line = lines[lines.length - 1];
    const width = tip.offsetWidth;
    const height = tip.offsetHeight;
    const space = document.documentElement.clientWidth - width - MARGIN;
    const below = line.bottom + GAP;
    const fits = below + height + MARGIN <= document.documentElement.clientHeight;
    tip.style.left = `${Math.max(MARGIN, Math.min(line.left, space))}px`;
    tip.style.top = `${fits ? below : Math.max(MARGIN, lines[0].top - GAP - height)}px`;
  };

  const hide = () => {
    clearTimeout(leaving);
    if (tip) tip.hidden = true;
    link = tip = null;
  };

  const show = (target) => {
    clearTimeout(leaving);
    if (link === target) return;
    hide();
    link = target;
    tip = document.getElementById(target.getAttribute("aria-describedby"));
    if (!tip) return hide();
    tip.hidden = false;
    place();
  };

  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      const kept = link && (document.activeElement === link || tip.matches(":hover"));
      if (!kept) hide();
    }, LINGER);
  };

  for (const target of document.querySelectorAll("a[aria-describedby^='termbase-tip-']")) {
    let touched = false;
    target.addEventListener("pointerdown", (event) => {
      // The first touch shows the definition, the second follows the link.
      touched = event.pointerType === "touch" && link !== target;
    });
    target.addEventListener("click", (event) => {
      if (!touched) return;
      touched = false;
      event.preventDefault();
      show(target);
    });
    target.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") show(target);
    });
    target.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") leave();
    });
    target.addEventListener("focus", () => {
      // A touch focuses before it clicks; the click decides.
      if (!touched) show(target);
    });
    target.addEventListener("blur", leave);
  }

  for (const each of document.querySelectorAll(".termbase-tip")) {
    each.addEventListener("pointerenter", () => clearTimeout(leaving));
    each.addEventListener("pointerleave", leave);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("pointerdown", (event) => {
    if (tip && event.target !== link && !link.contains(event.target) && !tip.contains(event.target)) {
      hide();
    }
  });
  addEventListener("scroll", () => { if (tip && !tip.matches(":hover")) place(); }, { passive: true, capture: true });
  addEventListener("resize", () => { if (tip) place(); });
})();
