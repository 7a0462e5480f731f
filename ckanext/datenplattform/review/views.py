"""Pages of the review board."""

from flask import Blueprint

blueprint = Blueprint("dp_review", __name__)
