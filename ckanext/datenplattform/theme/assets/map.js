/* Maps (snippets/dp_map.html). The page says in words what the map shows; without scripts or library nothing else is missing.
   Titles are put in as text, never as HTML. Nothing is fetched from another server before somebody asks for it. */
(function () {
  "use strict";
  const L = window.dpLeaflet;
  if (!L) { return; }
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  // degrees between two lines of the grid
  const STEPS = [20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

  function text(tag, words) {
    const found = document.createElement(tag);
    found.textContent = words;
    return found;
  }

  /* Lines of longitude and latitude with their degrees: where there is no background, they say where one is. */
  function grid(map, language) {
    const pane = map.createPane("dp-grid");
    pane.style.zIndex = 250;
    pane.setAttribute("aria-hidden", "true");
    const lines = L.layerGroup().addTo(map);
    const label = function (at, degrees, step, side) {
      const words = degrees.toLocaleString(language, { maximumFractionDigits: step < 1 ? 3 : 0 }) + "°";
      const icon = L.divIcon({ className: "dp-map-degrees dp-map-" + side, html: text("span", words), iconSize: null });
      L.marker(at, { icon: icon, interactive: false, keyboard: false, pane: "dp-grid" }).addTo(lines);
    };
    const draw = function () {
      lines.clearLayers();
      const seen = map.getBounds();
      const [west, east, south, north] = [seen.getWest(), seen.getEast(), seen.getSouth(), seen.getNorth()];
      const step = STEPS.find(function (each) { return each <= (east - west) / 4; }) || STEPS[STEPS.length - 1];
      const options = { className: "dp-map-grid", interactive: false, pane: "dp-grid" };
      for (let x = Math.ceil(west / step); x * step <= east; x += 1) {
        L.polyline([[south, x * step], [north, x * step]], options).addTo(lines);
        label([south, x * step], x * step, step, "south");
      }
      for (let y = Math.ceil(south / step); y * step <= north; y += 1) {
        L.polyline([[y * step, west], [y * step, east]], options).addTo(lines);
        label([y * step, west], y * step, step, "west");
      }
    };
    map.on("moveend", draw);
    draw();
  }

  function town(map, about) {
    const name = L.divIcon({ className: "dp-map-town", html: text("span", about.name), iconSize: null });
    const pane = map.createPane("dp-town");
    pane.style.zIndex = 260;
    pane.setAttribute("aria-hidden", "true");
    L.marker(about.at, { icon: name, interactive: false, keyboard: false, pane: "dp-town" }).addTo(map);
  }

  /* The map behind: at once from this server; from another one when somebody asks for it. */
  function background(map, block, data) {
    const show = function () {
      L.tileLayer(data.tiles, { maxZoom: 19, className: "dp-map-tiles" }).addTo(map);
      block.querySelector("[data-credit]").hidden = false;
      block.classList.add("dp-map-has-tiles");
    };
    const ask = block.querySelector("[data-ask]");
    if (!data.ask) { show(); return; }
    ask.hidden = false;
    ask.querySelector("button").addEventListener("click", function () {
      show();
      ask.remove();
      map.getContainer().focus();
    });
  }

  function legend(block, map, layers) {
    block.querySelectorAll("[data-feature]").forEach(function (place) {
      const layer = layers[Number(place.dataset.feature)];
      const button = text("button", place.textContent);
      button.type = "button";
      button.addEventListener("click", function () {
        if (layer.getBounds) { map.fitBounds(layer.getBounds(), { padding: [24, 24], maxZoom: 16 }); } else { map.setView(layer.getLatLng(), 15); }
        layer.openPopup();
      });
      place.replaceChildren(button);
    });
  }

  function draw(block) {
    const data = JSON.parse(block.dataset.dpMap);
    const frame = block.querySelector("[data-frame]");
    frame.hidden = false;
    const map = L.map(frame, {
      attributionControl: false, zoomControl: false, scrollWheelZoom: false, minZoom: 2, maxZoom: 19,
      dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
      zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    });
    L.control.zoom({ zoomInTitle: data.words.closer, zoomOutTitle: data.words.wider, position: "topright" }).addTo(map);
    map.fitBounds(data.box, { padding: [24, 24], maxZoom: 15, animate: false });
    const layers = data.features.map(function (feature) {
      return L.geoJSON(feature, {
        style: { className: "dp-map-area" },
        pointToLayer: function (point, at) { return L.circleMarker(at, { radius: 9, className: "dp-map-area" }); },
      }).bindPopup(text("p", feature.properties.title), { closeButton: false }).addTo(map);
    });
    if (data.tiles) { background(map, block, data); }
    if (!data.tiles || data.ask) { grid(map, data.language); }
    town(map, data.town);
    legend(block, map, layers);
    // the wheel scrolls the page until somebody is in the map
    frame.addEventListener("focusin", function () { map.scrollWheelZoom.enable(); });
    frame.addEventListener("focusout", function () { map.scrollWheelZoom.disable(); });
    new ResizeObserver(function () { map.invalidateSize(); }).observe(frame);
  }

  document.querySelectorAll("[data-dp-map]").forEach(draw);
})();
