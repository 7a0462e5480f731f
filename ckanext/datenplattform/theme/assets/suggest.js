// Titles while somebody types, in the browser's own list: it works with keyboard and screen reader. Without script: no list.
(function () {
  "use strict";
  const PAUSE = 200;

  function ready(field) {
    const list = document.createElement("datalist");
    list.id = field.id + "-suggestions";
    field.after(list);
    field.setAttribute("list", list.id);
    let waiting = null;
    let asked = "";
    field.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(function () { ask(field, list); }, PAUSE);
    });

    function ask(field, list) {
      const words = field.value.trim();
      // one that was chosen from the list needs no other
      if (words.length < 2 || Array.from(list.children).some(function (option) { return option.value === words; })) return;
      asked = words;
      fetch(field.dataset.suggest + "?q=" + encodeURIComponent(words.slice(0, 200)))
        .then(function (answer) { return answer.ok ? answer.json() : { result: [] }; })
        .then(function (found) {
          if (asked !== words) return;
          list.replaceChildren(...found.result.map(function (hit) {
            const option = document.createElement("option");
            option.value = hit.title;
            return option;
          }));
        })
        .catch(function () { list.replaceChildren(); });
    }
  }

  document.querySelectorAll("input[data-suggest]").forEach(ready);
})();
