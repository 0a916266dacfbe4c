// Present mode: one thing a screen. A section is divided at its charts, leads and experiments; the covered ones stay
// covered until somebody uncovers them.

function steps(slide) {
  const parts = [];
  const content = slide.querySelector(".content");
  for (const child of content ? content.children : []) {
    if (child.matches("details.more")) continue;
    const begins = child.matches("figure.chart, h3, .scroll ~ .scroll") || (child.matches("#answers") && parts.length);
    if (begins || !parts.length) parts.push([]);
    parts.at(-1).push(child);
  }
  // A line or two above the first lead is no screen of its own.
  if (parts.length > 1 && parts[0].every((e) => e.matches("p")) && parts[1][0].matches("h3")) {
    parts.splice(0, 2, [...parts[0], ...parts[1]]);
  }
  return parts.length ? parts : [[]];
}

const KEY = "meeting";

function remember(place) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(place));
  } catch {
    // No storage (private window): the meeting is started again by hand.
  }
}

function remembered() {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return JSON.parse(kept);
  } catch {
    return null;
  }
}

export function present() {
  const button = document.querySelector("[data-present]");
  const report = document.querySelector("[data-report]");
  if (!button || !report) return;
  const slides = [...report.querySelectorAll(".slide")];
  let screens = [];
  let at = 0;
  const bar = document.createElement("div");
  bar.className = "presenting";
  bar.hidden = true;
  const place = document.createElement("span");
  place.setAttribute("role", "status");
  const make = (text, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.addEventListener("click", act);
    return b;
  };
  const uncover = make("Uncover (Enter)", () => open());
  const back = make("Back (←)", () => go(at - 1));
  const on = make("On (→)", () => go(at + 1));
  bar.append(back, place, on, uncover, make("End (Esc)", () => stop()));
  const main = document.querySelector("main");
  document.body.append(bar);

  function covered() {
    return screens[at].slide.matches("[data-cover]:not(.open)");
  }
  function show() {
    const { slide, part } = screens[at];
    slides.forEach((s) => s.classList.toggle("now", s === slide));
    const shown = new Set(part);
    slide.querySelectorAll(".content > *").forEach((e) => e.classList.toggle("off", !shown.has(e)));
    place.textContent = `${at + 1} of ${screens.length}`;
    uncover.hidden = !covered();
    back.disabled = at === 0;
    on.disabled = at === screens.length - 1;
    main.scrollTo(0, 0);
  }
  function go(to) {
    const step = Math.sign(to - at);
    at = Math.min(screens.length - 1, Math.max(0, to));
    // What is covered is one screen, however much is under it.
    while (covered() && screens[at - 1]?.slide === screens[at].slide && step < 0) at -= 1;
    while (covered() && screens[at - 1]?.slide === screens[at].slide && screens[at + 1] && step > 0) at += 1;
    show();
  }
  function open() {
    screens[at].slide.classList.add("open");
    show();
  }
  function start(kept) {
    screens = slides.flatMap((slide) => steps(slide).map((part) => ({ slide, part })));
    document.body.classList.add("present");
    bar.hidden = false;
    slides.forEach((s, i) => s.classList.toggle("open", kept?.open[i] ?? false));
    at = Math.min(kept?.at ?? 0, screens.length - 1);
    main.tabIndex = -1; // so that the up and down keys scroll what is longer than the screen
    main.focus();
    show();
    if (!kept) document.documentElement.requestFullscreen?.().catch(() => {});
  }
  function stop() {
    document.body.classList.remove("present");
    report.querySelectorAll(".off").forEach((e) => e.classList.remove("off"));
    bar.hidden = true;
    main.removeAttribute("tabindex");
    if (document.fullscreenElement) document.exitFullscreen();
    screens[at].slide.scrollIntoView();
    button.focus();
  }
  button.hidden = false;
  button.addEventListener("click", () => start());
  // An answer that is kept loads the page anew: the meeting goes on where it was.
  report.addEventListener("submit", () => {
    if (!document.body.classList.contains("present")) return;
    const open = slides.map((s) => s.classList.contains("open"));
    remember({ report: report.dataset.report, at, open });
  });
  const kept = remembered();
  if (kept?.report === report.dataset.report) start(kept);
  document.addEventListener("keydown", (event) => {
    if (!document.body.classList.contains("present")) return;
    if (event.target.matches("input, textarea, select")) return;
    const step = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      go(at + step);
    } else if (event.key === "Enter" && covered()) {
      event.preventDefault();
      open();
    } else if (event.key === "Escape") {
      stop();
    }
  });
}
