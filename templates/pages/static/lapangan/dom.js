/* Elements without markup in strings: whatever comes from data is text, never HTML. */

export function h(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function show(...children) {
  const main = document.getElementById("isi");
  main.replaceChildren(...children.flat(3).filter(Boolean));
  window.scrollTo(0, 0);
  main.querySelector("h1")?.focus();
}

export const chip = (word, tone) => h("span", { class: `chip ${tone}` }, word);

export const notice = (tone, ...children) =>
  h("div", { class: `notice ${tone}`, role: tone === "stop" ? "alert" : "status" }, h("div", {}, ...children));

const CLOCK = new Intl.DateTimeFormat("id-ID", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Jakarta" });
const DAY = new Intl.DateTimeFormat("id-ID", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export const clock = (instant) => `${CLOCK.format(new Date(instant))} WIB`;
export const day = (isoDay) => DAY.format(new Date(`${isoDay}T00:00:00Z`));
