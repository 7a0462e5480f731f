/* What somebody typed is not lost when the session ends or the page is closed by mistake: it stays in this tab
   (sessionStorage) until the form was taken, and is offered again. Nothing is sent anywhere. Without scripts all works,
   only this is missing. */
(function () {
  "use strict";
  var offer = document.getElementById("dp-kept");
  var store;
  try { store = window.sessionStorage; } catch (error) { return; }
  if (!offer || !store) { return; }
  var path = window.location.pathname;
  var person = offer.getAttribute("data-person");
  // an error page and the login form mean that the last form was not taken
  var refused = document.querySelector(".dp-error") || path.indexOf("/user/login") >= 0;
  var sent = store.getItem("dp-sent");
  if (sent && !refused) { store.removeItem(sent); }
  store.removeItem("dp-sent");

  function clearAll() {
    Object.keys(store).forEach(function (key) { if (key.indexOf("dp-") === 0) { store.removeItem(key); } });
  }

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && ["hidden", "password", "file", "submit", "button"].indexOf(field.type) < 0;
    });
  }

  function read(form) {
    return fields(form).map(function (field) {
      return /^(checkbox|radio)$/.test(field.type) ? field.checked : field.value;
    });
  }

  function write(form, values) {
    fields(form).forEach(function (field, number) {
      if (/^(checkbox|radio)$/.test(field.type)) { field.checked = Boolean(values[number]); } else { field.value = values[number]; }
    });
  }

  function keep(form, number) {
    var key = "dp-entries:" + person + ":" + path + ":" + number;
    var kept = store.getItem(key);
    var now = JSON.stringify(read(form));
    if (kept && kept !== now && JSON.parse(kept).length === JSON.parse(now).length) {
      var note = offer.content.firstElementChild.cloneNode(true);
      note.querySelector("[data-take]").addEventListener("click", function () {
        write(form, JSON.parse(kept));
        note.remove();
        fields(form)[0].focus();
      });
      note.querySelector("[data-drop]").addEventListener("click", function () {
        store.removeItem(key);
        note.remove();
      });
      form.insertBefore(note, form.firstChild);
    }
    form.addEventListener("input", function () { store.setItem(key, JSON.stringify(read(form))); });
    form.addEventListener("submit", function () {
      store.setItem(key, JSON.stringify(read(form)));
      store.setItem("dp-sent", key);
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("form[method=post]"), function (form, number) {
    if (/\/user\/(_)?logout/.test(form.action)) {
      form.addEventListener("submit", clearAll);
    } else if (person && !form.querySelector("[type=password]") && fields(form).length) {
      keep(form, number);
    }
  });
})();
