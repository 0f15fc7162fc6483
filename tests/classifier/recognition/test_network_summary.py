"""Parsing Keras's summary and laying out the diagram."""

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


def test_each_row_is_a_layer():
    layers = network_summary.layers(SUMMARY)
    assert [layer.name for layer in layers][:3] == ["conv_1", "pool_1", "dropout_1"]
    assert layers[0] == network_summary.Layer("conv_1", "Conv2D", (26, 26, 8), 80)
    assert sum(layer.parameters for layer in layers) == 42_358


def test_blocks_lead_from_the_picture_to_the_ten_outputs():
    diagram = network_summary.blocks(SUMMARY)
    assert diagram[0].is_input
    assert (diagram[-1].is_output, diagram[-1].shape, len(diagram[-1].dots)) == (True, "10", 10)
    assert [block.beside for block in diagram if block.beside] == [["dropout"]] * 3
    assert sum(block.parameters for block in diagram) == 42_358


def test_every_block_stays_inside_its_square():
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


def test_wrapped_rows_are_joined():
    layers = network_summary.layers(FOLDED)
    assert layers[0] == network_summary.Layer("a_long_name_of_it", "Conv2D", (28, 28, 32), 320)
    assert network_summary.blocks(FOLDED)[1].beside[-1] == "batch normalization"


@pytest.mark.parametrize("summary", ["", "nothing", "│ │ │", "Model: x\n│ a │ b │ c │"])
def test_an_unreadable_summary_has_no_blocks(summary):
    assert network_summary.blocks(summary) == []
