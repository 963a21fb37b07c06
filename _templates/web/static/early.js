// Before anything is painted: the colours that the reader has chosen, and the
// knowledge that scripts run.  Loaded without defer, so it stays tiny.
"use strict";
{
  const root = document.documentElement;
  let mode = null;
  // A browser may refuse storage altogether.
  try { mode = localStorage.getItem("mode"); } catch { /* the system's colours, then */ }
  if (mode !== "light" && mode !== "dark") mode = "auto";
  const dark = mode === "dark" || (mode === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.mode = mode;
  root.dataset.theme = dark ? "dark" : "light";
  root.classList.add("js");
}
