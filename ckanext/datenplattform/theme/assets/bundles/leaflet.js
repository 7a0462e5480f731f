// What of Leaflet the pages use. bin/assets makes vendor/leaflet.js and vendor/leaflet.css of it.
import "leaflet/dist/leaflet.css";
import { Browser, circleMarker, control, divIcon, geoJSON, latLngBounds, layerGroup, map, marker, polyline, tileLayer } from "leaflet";

window.dpLeaflet = { Browser, circleMarker, control, divIcon, geoJSON, latLngBounds, layerGroup, map, marker, polyline, tileLayer };
