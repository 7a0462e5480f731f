"""Geographic coordinates to EPSG:25832 (ETRS89 / UTM zone 32N), without a library.

Krüger's series of the transverse Mercator projection to the fourth order of the third flattening, ellipsoid GRS 80
(see e.g. C. F. F. Karney, Transverse Mercator with an accuracy of a few nanometers, 2011, equations 7 to 11 and 35).
Exact to well below a millimetre within Germany, as ``tests/sources/test_mapserver.py`` checks against PROJ.
WGS 84 and ETRS89 are taken to be the same; they differ by less than a metre.
"""

from __future__ import annotations

import math

_A, _F = 6378137.0, 1 / 298.257222101
_N = _F / (2 - _F)
_RADIUS = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_SCALE, _EASTING, _MERIDIAN = 0.9996, 500000.0, 9.0


def utm32(lon: float, lat: float) -> tuple[float, float]:
    """Easting and northing in metres of a point in degrees."""
    phi, lam = math.radians(lat), math.radians(lon - _MERIDIAN)
    c = 2 * math.sqrt(_N) / (1 + _N)
    t = math.sinh(math.atanh(math.sin(phi)) - c * math.atanh(c * math.sin(phi)))
    xi0 = math.atan2(t, math.cos(lam))
    eta0 = math.atanh(math.sin(lam) / math.sqrt(1 + t * t))
    xi, eta = xi0, eta0
    for j, alpha in enumerate(_ALPHA, start=1):
        xi += alpha * math.sin(2 * j * xi0) * math.cosh(2 * j * eta0)
        eta += alpha * math.cos(2 * j * xi0) * math.sinh(2 * j * eta0)
    return _EASTING + _SCALE * _RADIUS * eta, _SCALE * _RADIUS * xi
