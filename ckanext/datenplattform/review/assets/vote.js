/* Vote by two keystrokes: J, E or N goes to the button (or opens the reasons for a no), Enter presses it. Not while somebody
   types, and it can be switched off (WCAG 2.1.4). Without scripts the same buttons work. */
(function () {
  "use strict";
  var form = document.getElementById("dp-vote");
  var choice = document.getElementById("dp-vote-keys");
  if (!form || !choice) { return; }
  var KEY = "datenplattform-vote-keys";
  var box = choice.querySelector("input");
  function kept() { try { return window.localStorage.getItem(KEY); } catch (error) { return null; } }
  choice.hidden = false;
  box.checked = kept() !== "off";
  box.addEventListener("change", function () {
    try { window.localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch (error) { return; }
  });

  function typing(element) {
    return Boolean(element.closest("textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])"));
  }

  document.addEventListener("keydown", function (event) {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) { return; }
    var target = form.querySelector("[data-key='" + event.key.toLowerCase() + "']");
    if (!target) { return; }
    event.preventDefault();
    if (target.tagName === "SUMMARY") {
      target.parentElement.open = true;
      target = target.parentElement.querySelector("textarea");
    }
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  });
})();
