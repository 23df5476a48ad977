// What plain HTML cannot do: select all, keep ticks and the pay bar in step, say changes aloud, live parts, print.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const sayChange = (root) => {
    const found = root.matches?.("[data-say]") ? root : root.querySelector?.("[data-say]");
    const said = document.getElementById("said");
    if (found && said && said.textContent !== found.dataset.say) said.textContent = found.dataset.say;
  };

  // The pay bar is the truth about what is selected; boxes on the page follow it.
  const followBar = () => {
    const bar = document.getElementById("paybar");
    if (!bar) return;
    const chosen = new Set(all("[name=line]", bar).map((line) => line.value));
    for (const box of all("[name=tick]")) box.checked = chosen.has(box.value);
    headBox();
  };

  const headBox = () => {
    for (const head of all("[data-all]")) {
      const boxes = all(`[name=${head.dataset.all}]:not(:disabled)`);
      const ticked = boxes.filter((box) => box.checked).length;
      head.checked = ticked > 0 && ticked === boxes.length;
      head.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  };

  // Before htmx sends the form: bubbling order puts the table's own listener after this one.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.all;
    if (name) for (const box of all(`[name=${name}]:not(:disabled)`)) box.checked = event.target.checked;
    else if (event.target.name === "tick") headBox();
  }, true);

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // A colour's picker and its text say the same.
  document.addEventListener("input", (event) => {
    const twin = document.getElementById(event.target.dataset?.twin);
    if (twin && /^#[0-9a-f]{6}$/i.test(event.target.value)) twin.value = event.target.value.toLowerCase();
  });

  // A form is sent once; a second press while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.onbeforeunload = null;
    event.submitter?.classList.add("busy");
  });
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-sent]")) delete form.dataset.sent;
    followBar();
    document.querySelector(".problem[autofocus]")?.focus();
  });

  // What was typed and not kept yet is not left without a question. htmx sends it a moment after the last letter.
  let typed = false;
  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches("[data-keep]")) { typed = true; window.onbeforeunload = () => true; }
  });
  document.addEventListener("htmx:beforeSend", () => { typed = false; });
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.status < 300 && !typed) window.onbeforeunload = null;
  });

  // The pay bar is replaced while somebody works in it: a button under the pointer is not taken away, and what was
  // typed since the question was asked is typed still. Either way the bar is asked for again.
  let pressed = false, missed = false, typing = null;
  const askAgain = (element) => element?.dispatchEvent(new Event("change", { bubbles: true }));
  document.addEventListener("pointerdown", (event) => { pressed = Boolean(event.target.closest("#paybar button")); });
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => window.setTimeout(() => {
    pressed = false;
    if (missed) askAgain(document.getElementById("paybar"));
    missed = false;
  }));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "paybar") return;
    if (pressed) { event.detail.shouldSwap = false; missed = true; }
    const field = document.activeElement;
    typing = field?.matches("#paybar input:not([type])") ? {
      id: field.id, value: field.value === field.defaultValue ? null : field.value, marked: [field.selectionStart, field.selectionEnd],
    } : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const field = typing && document.getElementById(typing.id);
    if (field && typing.value !== null && field.value !== typing.value) {
      field.value = typing.value;
      field.addEventListener("blur", () => askAgain(field), { once: true });
    }
    // htmx forgets what was marked from the first letter on: typed over, the new amount would stand before the old one.
    if (field && field === document.activeElement) field.setSelectionRange(...typing.marked);
    typing = null;
    followBar();
    sayChange(event.detail.elt || event.target);
    // What had the focus is gone, such as the cross of a line: stay in the bar.
    if (document.activeElement === document.body && event.detail.target?.id === "paybar") document.querySelector("#paybar summary")?.focus();
  });

  for (const onward of all("[data-go]")) window.setTimeout(() => window.location.replace(onward.href), Number(onward.dataset.go));

  // What is open and has the focus stays so when the part is written anew.
  const placeIn = (part) => {
    const stops = () => all("a, button, summary, [tabindex]", part);
    const at = stops().indexOf(document.activeElement);
    const open = all("details", part).map((each) => each.open);
    return () => {
      for (const [number, each] of all("details", part).entries()) if (number in open) each.open = open[number];
      if (at >= 0) stops()[at]?.focus({ preventScroll: true });
    };
  };

  // Live parts: each message of the stream replaces the part's content; the browser reconnects by itself.
  // A server that is away answers with an error, at which browsers give a stream up for good: it is asked for again.
  const live = (part, wait = 3000) => {
    const stream = new EventSource(part.dataset.live);
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) window.setTimeout(() => live(part, Math.min(2 * wait, 60_000)), wait);
    });
    stream.addEventListener("message", (event) => {
      const restore = placeIn(part);
      part.innerHTML = event.data;
      restore();
      window.htmx?.process(part);
      sayChange(part);
    });
    stream.addEventListener("done", () => stream.close());
    window.addEventListener("pagehide", () => stream.close(), { once: true });
  };
  for (const part of all("[data-live]")) live(part);
})();
