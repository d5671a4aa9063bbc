// The viewer's hands: the field in hand, walking with the keys, and windows of lines fetched while one scrolls.
"use strict";
(() => {
  const viewer = document.querySelector("[data-viewer]");
  if (!viewer) return;
  const grid = viewer.querySelector("[data-grid]"), panel = viewer.querySelector("[data-panel]");
  const file = viewer.dataset.file, opening = viewer.dataset.opening, WINDOW = Number(viewer.dataset.window);
  const count = Number(viewer.dataset.lines), numbers = (text) => (text || "").trim().split(/\s+/).filter(Boolean).map(Number);
  let points = numbers(viewer.dataset.points), batches = numbers(viewer.dataset.batches);
  const ROW = 24, COLUMN = 7.2, KEPT = 12;
  const typing = (target) => target.closest && target.closest("input, textarea, select");
  const lineAt = (number) => document.getElementById(`L${number}`);

  // Where a field stands is how much text stands before it: bullets keep the columns.
  const startOf = (cell) => {
    let at = 1;
    for (let before = cell.previousElementSibling; before; before = before.previousElementSibling) at += before.textContent.length;
    return at;
  };
  const cellAt = (line, column) => {
    let at = 1;
    for (const cell of line.querySelectorAll("code > span")) {
      at += cell.textContent.length;
      if (column < at) return cell;
    }
    return line.querySelector("code > span:last-child");
  };

  let hand = grid.querySelector(".f"), asked = 0, wait = 0;
  function ruler(start, end) {
    const mark = grid.querySelector(".rsel"), text = grid.querySelector(".rseltxt");
    mark.setAttribute("x", ((start - 1) * COLUMN).toFixed(1));
    mark.setAttribute("width", ((end - start + 1) * COLUMN).toFixed(1));
    text.setAttribute("x", ((start + end - 1) * COLUMN / 2).toFixed(1));
    text.textContent = end > start ? `${start}–${end}` : `${start}`;
    const middle = Number(text.getAttribute("x"));
    for (const label of grid.querySelectorAll(".ruler text:not(.rseltxt)")) {
      label.setAttribute("visibility", Math.abs(Number(label.getAttribute("x")) - middle) < 30 ? "hidden" : "visible");
    }
  }
  function take(cell, { scroll = false } = {}) {
    if (!cell || cell === hand) return;
    hand?.classList.remove("f");
    hand = cell;
    cell.classList.add("f");
    const line = cell.closest("li"), number = Number(line.dataset.n), start = startOf(cell);
    grid.querySelectorAll("li.on").forEach((each) => { if (each !== line) each.classList.remove("on"); });
    line.classList.add("on");
    ruler(start, start + cell.textContent.length - 1);
    viewer.querySelectorAll(".tree [aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    viewer.querySelector(`.tree [data-to="${number}"]`)?.setAttribute("aria-current", "true");
    if (scroll) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (file) fetchPanel(number, start); else describe(line, cell, number, start);
  }
  function fetchPanel(number, column) {
    const mine = ++asked;
    clearTimeout(wait);
    wait = setTimeout(async () => {
      try {
        const answer = await fetch(`${file}/fields/${number}/${column}?opening=${opening}`, { headers: { "HX-Request": "true" } });
        const text = await answer.text();
        if (mine === asked && answer.ok && !answer.redirected) panel.innerHTML = text;
      } catch { /* The panel keeps what it says; the next field asks again. */ }
    }, 70);
  }
  function describe(line, cell, number, start) {
    const rows = viewer.querySelector(`template[data-layout="${CSS.escape(line.dataset.l)}"]`);
    const found = rows && [...rows.content.querySelectorAll("i")].find((row) => Number(row.dataset.start) <= start && start <= Number(row.dataset.end));
    const set = (name, text) => { panel.querySelector(`[data-${name}]`).textContent = text; };
    const end = start + cell.textContent.length - 1;
    const place = panel.querySelector("[data-place]");
    place.textContent = place.dataset.words.replace("{line}", number).replace("{start}", start).replace("{end}", end);
    set("name", found ? found.dataset.name : "–");
    set("value", cell.textContent);
    panel.querySelector("[data-value]").className = `rawcode keep ${[...cell.classList].find((each) => each.startsWith("k-")) || ""}`;
    for (const each of ["type", "inclusion", "rule"]) set(each, found ? found.dataset[each] : "–");
  }

  // Windows of a long file: one list for each, filled when it comes near, emptied when it is far.
  const lists = new Map();
  async function fill(list) {
    if (list.dataset.state) return;
    list.dataset.state = "asked";
    try {
      const answer = await fetch(`${file}/lines?from=${list.dataset.windowFrom}&opening=${opening}`);
      if (!answer.ok || answer.redirected) throw new Error();
      list.innerHTML = await answer.text();
      list.dataset.state = "here";
      list.style.minHeight = "";
      trim(list);
    } catch { delete list.dataset.state; }
  }
  function trim(near) {
    const here = [...lists.values()].filter((each) => each.dataset.state === "here");
    const at = Number(near.dataset.windowFrom);
    here.sort((one, other) => Math.abs(other.dataset.windowFrom - at) - Math.abs(one.dataset.windowFrom - at));
    for (const far of here.slice(0, Math.max(0, here.length - KEPT))) {
      far.style.minHeight = `${far.offsetHeight}px`;
      far.replaceChildren();
      delete far.dataset.state;
    }
  }
  const listOf = (number) => lists.get(Math.floor((number - 1) / WINDOW) * WINDOW + 1);
  function spread() {
    const first = grid.querySelector("ol[data-window-from]"), from = Number(first.dataset.windowFrom);
    first.dataset.state = "here";
    lists.set(from, first);
    const seen = new IntersectionObserver((found) => found.forEach((each) => { if (each.isIntersecting) fill(each.target); }), { root: grid, rootMargin: "1200px" });
    const make = (at) => {
      const list = document.createElement("ol");
      list.dataset.windowFrom = at;
      list.style.minHeight = `${Math.min(WINDOW, count - at + 1) * ROW}px`;
      lists.set(at, list);
      return list;
    };
    const before = [], after = [];
    for (let at = 1; at < from; at += WINDOW) before.push(make(at));
    for (let at = from + WINDOW; at <= count; at += WINDOW) after.push(make(at));
    first.before(...before);
    first.after(...after);
    const chosen = grid.querySelector("li.on") || first.firstElementChild;
    const top = chosen.getBoundingClientRect().top - grid.getBoundingClientRect().top + grid.scrollTop;
    grid.scrollTop = from > 1 || chosen.classList.contains("on") ? top - 120 : 0;
    lists.forEach((list) => seen.observe(list));
    viewer.querySelector("[data-pager] a") && viewer.querySelectorAll("[data-pager] a").forEach((each) => { each.hidden = true; });
    const said = viewer.querySelector("[data-pager] span");
    grid.addEventListener("scroll", () => {
      const box = grid.getBoundingClientRect(), row = document.elementFromPoint(box.left + 60, box.top + 40)?.closest("li[data-n]");
      if (row && said) said.textContent = `${Number(row.dataset.n).toLocaleString("en")} / ${count.toLocaleString("en")}`;
    }, { passive: true });
  }
  async function reach(number) {
    number = Math.min(Math.max(number, 1), count);
    if (!lineAt(number) && WINDOW && lists.size) {
      const list = listOf(number);
      if (list) { grid.scrollTop += list.getBoundingClientRect().top - grid.getBoundingClientRect().top - 40; await fill(list); }
    }
    const line = lineAt(number) || lineAt(Math.max(...[...grid.querySelectorAll("li[data-n]")].map((each) => Number(each.dataset.n)).filter((each) => each <= number)));
    return line;
  }
  async function go(number, wanted = 0) {
    const line = await reach(number);
    if (!line) { if (file) location.assign(`${file}?line=${number}#L${number}`); return; }
    if (!grid.classList.contains("tall")) line.scrollIntoView({ block: "nearest" }); else grid.scrollIntoView({ block: "nearest" });
    const box = line.getBoundingClientRect(), around = grid.getBoundingClientRect();
    if (grid.classList.contains("tall") && (box.top < around.top + 60 || box.bottom > around.bottom - 40)) grid.scrollTop += box.top - around.top - around.height / 3;
    // The field that a record is about, where nobody asked for another.
    take(cellAt(line, wanted || { 5: 5, 6: 30, 7: 4, 8: 21 }[line.querySelector("code")?.textContent[0]] || 1));
  }
  if (WINDOW && count > grid.querySelectorAll("li[data-n]").length && grid.classList.contains("tall")) spread();

  grid.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("code > span");
    if (cell && !event.buttons && !held) take(cell);
  });
  // A click holds the field, so that the pointer can go to the panel.
  let held = false;
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("code > span"), link = event.target.closest("a.ln");
    if (link) { event.preventDefault(); history.replaceState(null, "", link.getAttribute("href")); go(Number(link.closest("li").dataset.n)); return; }
    if (!cell) return;
    held = cell !== hand || !held;
    take(cell);
  });
  viewer.addEventListener("click", (event) => {
    const to = event.target.closest("[data-to]");
    if (!to || !to.closest("a") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    held = true;
    go(Number(to.dataset.to));
  });
  const foldable = () => viewer.querySelectorAll("[data-fold]").forEach((fold) => { fold.hidden = false; });
  viewer.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold]");
    if (fold) fold.setAttribute("aria-pressed", viewer.querySelector(".tree").classList.toggle("folded"));
  });
  foldable();

  // A long file that nobody has looked at yet is shown at once; what it adds up to comes after it.
  const sums = viewer.querySelector("[data-sums]");
  if (sums) (async () => {
    const answer = await fetch(sums.dataset.sums);
    if (!answer.ok || answer.redirected) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    points = numbers(part.dataset.points);
    batches = numbers(part.dataset.batches);
    viewer.querySelector(".tree").replaceWith(part.querySelector(".tree"));
    sums.replaceWith(part.querySelector(".below"));
    foldable();
  })().catch(() => { /* The link beside the words does the same. */ });

  const here = () => (hand ? Number(hand.closest("li").dataset.n) : 0);
  const lineStep = (step) => {
    const all = [...grid.querySelectorAll("li[data-n]")], at = hand ? all.indexOf(hand.closest("li")) : -1;
    const column = hand ? startOf(hand) : 1, next = all[at + step];
    if (next && Math.abs(Number(next.dataset.n) - here()) <= 1 || !hand) take(cellAt(next || all[0], column), { scroll: true });
    else if (here() + step >= 1 && here() + step <= count) go(here() + step, column);
  };
  const among = (all, step) => {
    const at = here(), found = step > 0 ? all.find((each) => each > at) : all.filter((each) => each < at).pop();
    if (found === undefined && step > 0 && all.length && all === points) return go(all[0]);
    if (found !== undefined) go(found);
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (!hand && event.key.startsWith("Arrow")) { lineStep(1); event.preventDefault(); return; }
    const step = {
      ArrowRight: () => take(hand.nextElementSibling, { scroll: true }),
      ArrowLeft: () => take(hand.previousElementSibling, { scroll: true }),
      ArrowDown: () => lineStep(1),
      ArrowUp: () => lineStep(-1),
      "]": () => among(batches, 1),
      "[": () => among(batches, -1),
      n: () => among(points, 1),
      l: () => document.querySelector("[data-line-field]")?.focus(),
      Escape: () => { held = false; },
    }[event.key];
    if (step) { event.preventDefault(); held = event.key !== "Escape"; step(); }
  });
  const jump = document.querySelector("[data-line-field]");
  jump?.form.addEventListener("submit", (event) => {
    const number = Number(jump.value.replace(/\D/g, ""));
    if (!number) return;
    event.preventDefault();
    held = true;
    jump.blur();
    go(number);
  });
})();
