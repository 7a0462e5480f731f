# pyright: basic, reportMissingImports=false
"""The SensorThings service at the root: ``/v1.1/…``."""

from django.urls import include, path

urlpatterns = [path("", include("sensorthings.versions.v1_1.urls"))]
