"use strict";

// What the pages do beyond forms and links. Without this script everything still works.

// Browsers keep six connections to a host, and the page needs some for itself.
const MOST_STREAMS = 3;
const PREVIEW_DELAY = 300;

document.documentElement.classList.add("has-script");

function showMoments(within) {
  // In the language of the page, as the server tells dates, and with the zone, which is the reader's.
  const format = new Intl.DateTimeFormat(document.documentElement.dataset.dates, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  for (const time of within.querySelectorAll("time[data-moment]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// The form of a sentence that goes with a number, of those that the page has by plural category.
function inForm(forms, number) {
  const known = JSON.parse(forms);
  const category = new Intl.PluralRules(document.documentElement.lang).select(number);
  return (known[category] || known.other).replace("%(num)s", number);
}

async function fetchPage(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// --- Jobs that go on ---

let streams = 0;

function followJobs() {
  for (const job of document.querySelectorAll("[data-events]:not([data-followed])")) {
    if (streams >= MOST_STREAMS) {
      return;
    }
    follow(job);
  }
}

function follow(job) {
  streams += 1;
  job.dataset.followed = "";
  const source = new EventSource(job.dataset.events);
  const leave = () => {
    source.close();
    streams -= 1;
  };
  source.addEventListener("job", (event) => {
    const live = JSON.parse(event.data);
    if (live.ended) {
      leave();
      replaceJob(job).then(followJobs);
      return;
    }
    const bar = job.querySelector("[data-percent]");
    const summary = job.querySelector("[data-summary]");
    if (bar && summary) {
      bar.value = live.percent;
      summary.textContent = live.summary;
    }
    if (job.querySelector("h1")) {
      document.title = document.title.replace(/^\d+/u, String(Math.floor(live.percent)));
    }
  });
  source.addEventListener("error", () => {
    // Closed for good: the session has ended, or too many streams are open.
    if (source.readyState === EventSource.CLOSED) {
      leave();
      setTimeout(() => replaceJob(job).then(followJobs), 5000);
    }
  });
}

async function replaceJob(job) {
  const page = await fetchPage(location.href);
  const fresh = page.getElementById(job.id);
  if (!fresh) {
    location.reload();
    return;
  }
  const hadFocus = job.contains(document.activeElement);
  showMoments(fresh);
  job.replaceWith(fresh);
  if (fresh.querySelector("h1")) {
    document.title = page.title;
  }
  const first = fresh.querySelector(".actions a, .actions button");
  if (hadFocus && first) {
    first.focus();
  }
  announce(fresh);
}

function announce(job) {
  const title = job.querySelector("h1, h2, h3");
  const badge = job.querySelector(".badge");
  if (title && badge) {
    const region = document.getElementById("announcements");
    region.textContent = `${title.textContent.trim()}: ${badge.textContent}`;
    notify(region.textContent);
  }
}

// --- Notifications while a page is open ---

const NOTIFYING = "notifying";

// Where the reader allows no storage, a button holds for its page alone.
let notifying = false;

function remembered() {
  try {
    return localStorage.getItem(NOTIFYING) === "yes";
  } catch {
    return notifying;
  }
}

function remember(wanted) {
  notifying = wanted;
  try {
    localStorage.setItem(NOTIFYING, wanted ? "yes" : "no");
  } catch {
    // kept above
  }
}

function notify(words) {
  if (document.hidden && "Notification" in window && Notification.permission === "granted" && remembered()) {
    const shown = new Notification(words, { icon: document.querySelector("link[rel=icon]").href });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  }
}

function offerNotifications() {
  for (const offer of document.querySelectorAll("[data-notifying]")) {
    if (!("Notification" in window) || !isSecureContext) {
      return;
    }
    const button = offer.querySelector("button");
    const show = () => {
      const on = Notification.permission === "granted" && remembered();
      button.setAttribute("aria-pressed", String(on));
      offer.querySelector("[data-on]").hidden = !on;
      offer.querySelector("[data-refused]").hidden = Notification.permission !== "denied";
    };
    button.addEventListener("click", async () => {
      const wanted = button.getAttribute("aria-pressed") !== "true";
      if (wanted) {
        await Notification.requestPermission();
      }
      remember(wanted);
      show();
    });
    offer.hidden = false;
    show();
  }
}

// --- The end of a session ---

const SESSION_SOON = 300_000;

function watchSession() {
  const region = document.querySelector("[data-session-ends]");
  if (!region) {
    return;
  }
  const left = Date.parse(region.dataset.sessionEnds) - Date.now();
  // What is longer than a day is not waited for: browsers' timers end at 25 days.
  if (left > 86_400_000) {
    return;
  }
  if (!region.querySelector("p")) {
    setTimeout(() => {
      const words = region.querySelector("template").content.cloneNode(true);
      showMoments(words);
      region.append(words);
    }, Math.max(left - SESSION_SOON, 0));
  }
  setTimeout(tellSessionEnd, Math.max(left, 0));
}

function tellSessionEnd() {
  const region = document.querySelector("[data-session-ends]");
  const words = region && region.querySelector("p");
  if (words) {
    words.replaceChildren(region.dataset.ended);
  } else if (region) {
    const told = document.createElement("p");
    told.className = "notice careful";
    told.textContent = region.dataset.ended;
    region.append(told);
  }
}

// --- Choosing content ---

function watchChoice() {
  const status = document.querySelector("[data-chosen]");
  if (!status) {
    return;
  }
  const most = Number(status.dataset.chosen);
  const boxes = [...document.querySelectorAll(".items input[name=item]")];
  const elsewhere = document.querySelectorAll("[data-elsewhere]").length;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length + elsewhere;
    const told = [inForm(status.dataset.some, chosen)];
    if (elsewhere) {
      told.push(inForm(status.dataset.hidden, elsewhere));
    }
    if (chosen > most) {
      told.push(status.dataset.over);
    }
    status.textContent = chosen ? told.join(" · ") : status.dataset.none;
  };
  for (const box of boxes) {
    box.addEventListener("change", count);
  }
  const all = document.querySelector("[data-choose-all]");
  if (all && boxes.length > 1) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const choose = boxes.some((box) => !box.checked);
      for (const box of boxes) {
        box.checked = choose;
      }
      count();
    });
  }
  // The browser may show the boxes again as they were left.
  window.addEventListener("pageshow", count);
  count();
}

// --- What stays in sight ---

function keepDockClear() {
  const dock = document.querySelector(".dock");
  if (dock) {
    new ResizeObserver(() => {
      document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`);
    }).observe(dock);
  }
}

// --- Format and options ---

function watchOptions() {
  const form = document.querySelector("form[data-preview]");
  if (!form) {
    return;
  }
  const showOptions = () => {
    const chosen = new Set(new FormData(form).getAll("format"));
    for (const option of form.querySelectorAll("[data-formats]")) {
      option.hidden = !option.dataset.formats.split(" ").some((id) => chosen.has(id));
    }
  };
  let timer = 0;
  let latest = 0;
  const update = async () => {
    latest += 1;
    const mine = latest;
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("nonce");
    const page = await fetchPage(`${form.dataset.preview}?${fields}`);
    const preview = page.getElementById("preview");
    const summary = page.getElementById("summary");
    if (mine === latest && preview && summary) {
      keepPictures(document.getElementById("preview"), preview);
      document.getElementById("preview").replaceWith(preview);
      watchPictures(preview);
      document.getElementById("summary").textContent = summary.textContent;
    } else if (mine === latest && !preview) {
      tellSessionEnd();
    }
  };
  const toContent = document.querySelector("[data-to-content]");
  form.addEventListener("change", () => {
    showOptions();
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("nonce");
    toContent.search = fields;
    clearTimeout(timer);
    timer = setTimeout(update, PREVIEW_DELAY);
  });
  form.addEventListener("submit", () => {
    // After the form is on its way: a disabled button would not be sent along.
    setTimeout(() => {
      for (const button of form.querySelectorAll("[data-once]")) {
        button.disabled = true;
      }
    });
  });
  // The browser may show the form again as it was left.
  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("[data-once]")) {
      button.disabled = false;
    }
    showOptions();
  });
  showOptions();
}

// --- Pictures of first pages ---

// What stays the same is not fetched again, and does not flicker.
function keepPictures(old, fresh) {
  for (const picture of fresh.querySelectorAll("[data-first-pages] img")) {
    const same = [...old.querySelectorAll("[data-first-pages] img")].find(
      (each) => each.getAttribute("src") === picture.getAttribute("src"),
    );
    if (same && same.complete && same.naturalWidth) {
      picture.replaceWith(same);
    }
  }
}

function watchPictures(within) {
  for (const figure of within.querySelectorAll("[data-first-pages]")) {
    const pictures = [...figure.querySelectorAll("img")];
    for (const [place, picture] of pictures.entries()) {
      const fail = () => {
        picture.hidden = true;
        if (place === 0) {
          figure.querySelector("figcaption").hidden = true;
          figure.querySelector("p").hidden = false;
        }
      };
      if (picture.complete && picture.currentSrc && !picture.naturalWidth) {
        fail();
      }
      picture.addEventListener("error", fail);
    }
  }
}

// --- An order of one's own ---

function watchOrder() {
  for (const list of document.querySelectorAll("[data-ordered]")) {
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) {
        return;
      }
      event.preventDefault();
      const entry = button.closest("li");
      const other = button.dataset.move === "up" ? entry.previousElementSibling : entry.nextElementSibling;
      if (other) {
        other[button.dataset.move === "up" ? "before" : "after"](entry);
        tellPlace(list, entry);
        const [up, down] = entry.querySelectorAll("[data-move]");
        (button.disabled ? (up.disabled ? down : up) : button).focus();
      }
    });
    watchDragging(list);
  }
}

function watchDragging(list) {
  if (!("draggable" in list.dataset) || list.children.length < 2) {
    return;
  }
  let dragged = null;
  for (const entry of list.children) {
    entry.draggable = true;
  }
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged) {
      return;
    }
    event.preventDefault();
    if (over && over !== dragged) {
      const box = over.getBoundingClientRect();
      over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    }
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (dragged) {
      dragged.classList.remove("dragged");
      tellPlace(list, dragged);
      dragged = null;
    }
  });
}

// What a list without this script would show after a move, and what screen readers say of it.
function tellPlace(list, entry) {
  const entries = [...list.children];
  for (const [place, each] of entries.entries()) {
    const [up, down] = each.querySelectorAll("[data-move]");
    up.disabled = place === 0;
    down.disabled = place === entries.length - 1;
    if (up.name === "move") {
      up.value = `up-${place}`;
      down.value = `down-${place}`;
    }
  }
  const region = document.getElementById("announcements");
  region.textContent = list.dataset.now
    .replace("%(place)s", entries.indexOf(entry) + 1)
    .replace("%(all)s", entries.length)
    .replace("%(title)s", () => entry.dataset.name);
}

// --- The time zone in which an export is repeated ---

function fillInZone() {
  const field = document.querySelector("[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field && zone && zone !== "Etc/Unknown" && field.value === field.defaultValue) {
    field.value = zone;
  }
}

// --- Pages that show how things are now ---

function keepFresh() {
  const live = document.querySelector("[data-refresh]");
  if (!live) {
    return;
  }
  const refresh = async () => {
    const page = await fetchPage(location.href);
    const fresh = page.querySelector("[data-refresh]");
    if (!fresh) {
      location.reload();
      return;
    }
    const focused = live.contains(document.activeElement) ? document.activeElement : null;
    showMoments(fresh);
    live.replaceChildren(...fresh.childNodes);
    const href = focused && focused.getAttribute("href");
    const again = href && live.querySelector(`a[href="${CSS.escape(href)}"]`);
    if (again) {
      again.focus();
    }
  };
  setInterval(() => {
    if (!document.hidden) {
      refresh().catch(() => {}); // the service may be away for a while
    }
  }, Number(live.dataset.refresh) * 1000);
}

// --- A form that needs nobody to send it ---

function sendByItself() {
  const form = document.querySelector("form[data-sends-itself]");
  if (!form) {
    return;
  }
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", () => form.submit(), { once: true });
    return;
  }
  form.submit();
}

// --- Links to hand on ---

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without TLS, or where the reader does not allow it: then it is a key press away.
    button.parentElement.querySelector(".link").select();
    return;
  }
  document.getElementById("announcements").textContent = button.dataset.done;
  button.firstChild.textContent = button.dataset.done;
});

// --- Files that are checked ---

document.addEventListener("change", async (event) => {
  const chosen = event.target.closest("input[data-hash]");
  if (!chosen || !chosen.files.length) {
    return;
  }
  const field = document.getElementById(chosen.dataset.hash);
  try {
    const digest = await crypto.subtle.digest("SHA-256", await chosen.files[0].arrayBuffer());
    field.value = Array.from(new Uint8Array(digest), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    field.form.requestSubmit();
  } catch {
    // Pages that do not come over TLS have no `crypto.subtle`, and some files are too large.
    document.getElementById("announcements").textContent = chosen.dataset.failed;
    chosen.setCustomValidity(chosen.dataset.failed);
    chosen.reportValidity();
    chosen.setCustomValidity("");
  }
});

sendByItself();
showMoments(document);
keepFresh();
keepDockClear();
watchSession();
offerNotifications();
followJobs();
watchChoice();
watchOptions();
watchPictures(document);
watchOrder();
fillInZone();
