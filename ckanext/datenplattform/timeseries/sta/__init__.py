"""The series by the standard SensorThings API 1.1 (OGC 18-088), for reading: `/sta/v1.1`."""
