// Shows the settings of the chosen type of source only. Without JavaScript all are there, each under its heading.
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  const groups = document.querySelectorAll("[data-source-type]");
  const types = document.querySelectorAll("input[name=source_type]");
  function show() {
    const chosen = document.querySelector("input[name=source_type]:checked");
    groups.forEach(function (group) {
      const active = Boolean(chosen) && group.dataset.sourceType === chosen.value;
      group.hidden = !active;
      group.disabled = !active;
    });
  }
  types.forEach(function (type) {
    type.addEventListener("change", show);
  });
  show();
});
