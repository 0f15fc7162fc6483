"""Reading Keras's summary and measuring out its picture."""

import pytest

from classifier.digits.registry import BUNDLED
from classifier.recognition import network_summary

SUMMARY = (BUNDLED / "first_cnn" / "summary.txt").read_text()
FOLDED = """Model: "wide"
┏━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━┓
┃ Layer (type)   ┃ Output Shape   ┃  Param # ┃
┡━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━━┩
│ a_long_name_of │ (None, 28, 28, │      320 │
│ _it (Conv2D)   │ 32)            │          │
├────────────────┼────────────────┼──────────┤
│ norm           │ (None, 28, 28, │      128 │
│ (BatchNormali… │ 32)            │          │
├────────────────┼────────────────┼──────────┤
│ norm_2         │ (None, 28, 28, │      128 │
│ (BatchNormalization) │ 32)      │          │
└────────────────┴────────────────┴──────────┘
"""


def test_the_seed_network_is_read_row_by_row():
    found = network_summary.layers(SUMMARY)
    assert [layer.name for layer in found][:3] == ["conv_1", "pool_1", "dropout_1"]
    assert found[0] == network_summary.Layer("conv_1", "Conv2D", (26, 26, 8), 80)
    assert sum(layer.parameters for layer in found) == 42_358


def test_blocks_go_from_the_picture_to_the_ten_answers():
    drawn = network_summary.blocks(SUMMARY)
    assert drawn[0].is_input
    assert (drawn[-1].is_output, drawn[-1].shape, len(drawn[-1].dots)) == (True, "10", 10)
    assert [block.beside for block in drawn if block.beside] == [["dropout"]] * 3
    assert sum(block.parameters for block in drawn) == 42_358


def test_everything_drawn_stays_inside_its_picture():
    for block in network_summary.blocks(SUMMARY):
        for sheet in block.sheets:
            assert min(sheet["x"], sheet["y"]) >= 0
            assert max(sheet["x"], sheet["y"]) + sheet["side"] <= network_summary.SIDE
        assert all(0 <= dot <= network_summary.SIDE for dot in block.dots)


def test_activations_keep_their_names():
    summary = "│ c (Conv2D) │ (None, 28, 28, 512) │ 320 │\n\n│ r (ReLU) │ (None, 28, 28, 512) │ 0 │"
    block = network_summary.blocks(summary)[-1]
    assert block.beside == ["ReLU"]
    assert len(block.sheets) == network_summary.SHEETS
    assert all(sheet["x"] >= 0 and sheet["x"] + sheet["side"] <= network_summary.SIDE for sheet in block.sheets)


def test_rows_that_are_folded_over_lines_are_joined():
    found = network_summary.layers(FOLDED)
    assert found[0] == network_summary.Layer("a_long_name_of_it", "Conv2D", (28, 28, 32), 320)
    assert network_summary.blocks(FOLDED)[1].beside[-1] == "batch normalization"


@pytest.mark.parametrize("summary", ["", "nothing", "│ │ │", "Model: x\n│ a │ b │ c │"])
def test_what_cannot_be_read_is_not_drawn(summary):
    assert network_summary.blocks(summary) == []
