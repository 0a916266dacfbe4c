// What a page cannot do alone. Every page works without this file.
import { charts } from "./charts.js";
import { copy } from "./copy.js";
import { present } from "./present.js";
import { progress } from "./progress.js";

function theme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // It holds for this page only.
    }
  });
}

theme();
charts();
copy();
present();
progress();
