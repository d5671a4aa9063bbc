"""``ingather match``: listed and shown with what agreed, undone and made by hand, each in a sentence and as JSON."""

from pathlib import Path

from tests.journey.desk.test_matches import DAYS, SALES
from tests.journey.stage import Script, broken, order, play, returned, staged
from tests.unit.cli.shell import at_book


def test_a_match_is_shown_undone_and_made_by_hand(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES, behaviour=Script(fates={("B 000", 1): returned("R01")}))
    play(stage, *DAYS[:3])
    acts = ("--as-of", stage.clock.now.isoformat(), "--as", "maria")
    (row,) = at_book(stage, "match", "list", "--kind", "return", "--json").json
    assert (row["rule"], row["amount_minor"], row["undone_at"]) == ("reference+trace+amount", -100, None)
    shown = at_book(stage, "match", "show", row["id"])
    assert "agreed: reference, trace, amount" in shown.words
    assert "stands" in shown.words
    (of_order,) = at_book(stage, "match", "list", "--order", order(stage, "b000")["id"], "--json").json
    assert of_order["id"] == row["id"]
    undone = at_book(stage, "match", "undo", row["id"], "--reason", "another buyer's", "--json", *acts).json
    assert (undone["did"], undone["undone"]) == ("something", True)
    assert "undone" in at_book(stage, "match", "list", "--undone").words
    assert "another buyer's" in at_book(stage, "match", "show", row["id"]).words
    entry = order(stage, "b001")["entries"][0]["id"]
    made = at_book(stage, "match", "by-hand", undone["back"], "--entry", entry, "--reason", "they rang", *acts)
    assert (made.code, "is returned" in made.words) == (0, True)
    (hand,) = at_book(stage, "match", "list", "--rule", "by-hand", "--json").json
    assert (hand["target"], hand["by"], hand["score"]) == (entry, "user:maria", 100)
    again = at_book(stage, "match", "undo", row["id"], "--reason", "no", *acts)
    assert (again.code, "undone already" in again.words) == (1, True)
    assert at_book(stage, "match", "show", "mat_0000000000000").code == 1
    assert broken(stage) == []
