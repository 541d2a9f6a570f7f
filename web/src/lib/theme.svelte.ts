/** Light or dark: the system's choice until the person makes their own. */

export type Theme = "system" | "light" | "dark";

const KEPT = "largesse.theme";
const night = matchMedia("(prefers-color-scheme: dark)");

class Appearance {
  choice = $state<Theme>((localStorage.getItem(KEPT) as Theme | null) ?? "system");
  systemIsDark = $state(night.matches);
  isDark = $derived(this.choice === "dark" || (this.choice === "system" && this.systemIsDark));

  choose(choice: Theme): void {
    this.choice = choice;
    localStorage.setItem(KEPT, choice);
    this.show();
  }

  start(): void {
    night.addEventListener("change", () => {
      this.systemIsDark = night.matches;
      this.show();
    });
    this.show();
  }

  show(): void {
    document.documentElement.dataset.theme = this.isDark ? "dark" : "light";
  }
}

export const appearance = new Appearance();
export const still = matchMedia("(prefers-reduced-motion: reduce)");
