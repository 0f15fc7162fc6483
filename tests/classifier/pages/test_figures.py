"""The table in place of a chart where no script draws it."""

from classifier.templatetags.figures import MAX_ROWS, as_table


def figure(xs, ys, tickformat=""):
    trace = {"name": "first_cnn", "x": xs, "y": ys}
    held_out = {"name": "held out", "x": xs[-1:], "y": [0.5]}
    return {
        "data": [trace, held_out],
        "layout": {"xaxis": {"title": {"text": "epoch"}}, "yaxis": {"tickformat": tickformat}},
    }


def test_every_trace_is_a_column_and_every_place_a_row():
    table = as_table(figure([1.0, 2.0], [0.91234, 0.98], ".1%"))
    assert (table["axis"], table["names"]) == ("Epoch", ["first_cnn", "held out"])
    assert table["rows"] == [{"x": "1", "values": ["91.23 %", "–"]}, {"x": "2", "values": ["98.00 %", "50.00 %"]}]


def test_long_curve_keeps_its_ends():
    table = as_table(figure([at / 100 for at in range(1000)], [1 / (at + 1) for at in range(1000)]))
    assert len(table["rows"]) == MAX_ROWS
    assert (table["rows"][0]["x"], table["rows"][-1]["x"]) == ("0", "9.99")
