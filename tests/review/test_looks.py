"""What the board's pages show of texts, tables and places; without CKAN."""

from __future__ import annotations

from ckanext.datenplattform.review import outline, preview
from ckanext.datenplattform.review.differences import MOST_WORDS, side_by_side


def test_the_words_that_differ_are_marked_on_both_sides():
    before, after = side_by_side("Alle Bäume der Stadt.", "Alle Linden der Stadt.")
    assert before == [("same", "Alle "), ("del", "Bäume"), ("same", " der Stadt.")]
    assert after == [("same", "Alle "), ("ins", "Linden"), ("same", " der Stadt.")]


def test_no_text_is_lost_whatever_differs():
    for old, new in (("", "neu"), ("alt", ""), ("a b", "b a"), ("x" * 9, "y " * MOST_WORDS)):
        before, after = side_by_side(old, new)
        assert "".join(text for _, text in before) == old
        assert "".join(text for _, text in after) == new


def test_a_long_file_is_read_at_its_beginning_only(tmp_path):
    file = tmp_path / "lang.csv"
    file.write_text("nr;art\n" + "1;Linde\n" * 200_000)
    found = preview.of_file(file, "CSV")
    assert found is not None
    assert found.columns == ("nr", "art")
    assert found.rows == (("1", "Linde"),) * preview.ROWS


def test_umlauts_survive_whatever_the_encoding(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        file = tmp_path / f"{encoding}.csv"
        file.write_text("straße,größe\nÖlweg,3\n", encoding=encoding)
        found = preview.of_file(file, "csv")
        assert found is not None
        assert found.columns == ("straße", "größe"), encoding
        assert found.rows == (("Ölweg", "3"),), encoding


def test_what_is_no_table_has_no_preview(tmp_path):
    file = tmp_path / "leer.csv"
    file.write_text("")
    assert preview.of_file(file, "CSV") is None
    assert preview.of_file(file, "PDF") is None


def test_a_square_is_drawn_within_the_frame_and_measured():
    square = {"type": "Polygon", "coordinates": [[[8.0, 52.2], [8.1, 52.2], [8.1, 52.3], [8.0, 52.3], [8.0, 52.2]]]}
    found = outline.draw([square], town=(8.05, 52.25))
    assert found is not None
    assert (found.west, found.south, found.east, found.north) == (8.0, 52.2, 8.1, 52.3)
    assert 6 < found.km_wide < 7.5
    assert 11 < found.km_high < 11.3
    assert found.town == (outline.WIDTH / 2, outline.HEIGHT / 2)
    numbers = [float(word) for word in found.paths[0].strip("MZ ").replace("L", "").split()]
    assert all(0 <= x <= outline.WIDTH for x in numbers[::2])
    assert all(0 <= y <= outline.HEIGHT for y in numbers[1::2])


def test_a_point_is_a_dot_and_nonsense_is_nothing():
    found = outline.draw([{"type": "Point", "coordinates": [8.0, 52.2]}])
    assert found is not None
    assert len(found.dots) == 1
    for kind, coordinates in (("Point", ["a", 1]), ("Polygon", 7), ("Point", [999, 0]), ("MultiPoint", None), ("Circle", [8, 52])):
        assert outline.draw([{"type": kind, "coordinates": coordinates}]) is None, kind
