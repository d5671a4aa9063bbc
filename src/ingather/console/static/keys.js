// The keyboard: shown where it acts, off while somebody types. Pages work without it.
"use strict";
(() => {
  const typing = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
  let going = 0;
  const rows = () => [...document.querySelectorAll("main tbody tr, main .todo li")].filter((row) => row.querySelector("a[href], button"));
  const chosen = () => document.querySelector('main [aria-selected="true"], main tr.sel');

  function choose(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    all.forEach((row) => { row.removeAttribute("aria-selected"); });
    next.setAttribute("aria-selected", "true");
    next.querySelector("a[href], button").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (going && performance.now() - going < 1500) {
      going = 0;
      const to = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (to) { event.preventDefault(); to.click(); }
      return;
    }
    const field = document.querySelector("[data-find-field]");
    switch (event.key) {
      case "g": going = performance.now(); break;
      case "/": event.preventDefault(); if (field) field.focus(); else document.querySelector("[data-find]")?.click(); break;
      case "j": choose(1); break;
      case "k": choose(-1); break;
      case "?": document.querySelector("[data-keys]")?.click(); break;
      case ".": document.querySelector("[data-next]")?.click(); break;
      default: {
        const act = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
        if (act) { event.preventDefault(); act.tagName === "INPUT" || act.tagName === "TEXTAREA" ? act.focus() : act.click(); }
      }
    }
  });

  // What htmx sends carries the token of the page, as every form does.
  document.addEventListener("htmx:config:request", (event) => {
    const token = document.body.dataset.token;
    if (token && event.detail?.ctx?.request?.headers) event.detail.ctx.request.headers["X-Form-Token"] = token;
  });
})();
