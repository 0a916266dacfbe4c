// Present mode: one section a screen; leads and experiments stay covered until somebody uncovers them.

export function present() {
  const button = document.querySelector("[data-present]");
  const report = document.querySelector("[data-report]");
  if (!button || !report) return;
  const slides = [...report.querySelectorAll(".slide")];
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
  bar.append(make("Back (←)", () => go(at - 1)), place, make("On (→)", () => go(at + 1)), uncover, make("End (Esc)", () => stop()));
  document.body.append(bar);

  function covered() {
    return slides[at].matches("[data-cover]:not(.open)");
  }
  function show() {
    slides.forEach((s, i) => s.classList.toggle("now", i === at));
    place.textContent = `${at + 1} of ${slides.length}`;
    uncover.hidden = !covered();
    scrollTo(0, 0);
  }
  function go(to) {
    at = Math.min(slides.length - 1, Math.max(0, to));
    show();
  }
  function open() {
    slides[at].classList.add("open");
    show();
  }
  function start() {
    document.body.classList.add("present");
    bar.hidden = false;
    slides.forEach((s) => s.classList.remove("open"));
    go(0);
    document.documentElement.requestFullscreen?.().catch(() => {});
  }
  function stop() {
    document.body.classList.remove("present");
    bar.hidden = true;
    if (document.fullscreenElement) document.exitFullscreen();
    slides[at].scrollIntoView();
    button.focus();
  }
  button.hidden = false;
  button.addEventListener("click", start);
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
