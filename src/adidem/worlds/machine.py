"""The primitives of generated text as machine code; importing it needs numba.

Knows LLVM's loads, stores and what they may touch. Does not know programs.

Every access says in which buffer it falls (LLVM Language Reference, "noalias and alias.scope metadata"): two buffers
of different numbers never meet, so that LLVM need not prove it before it takes several worlds at a time.
"""

from types import FunctionType
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from adidem.worlds import primitives

_SCOPES = 64
OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy"}
inner = njit(**OPTIONS)


def _marked(builder: Any, instruction: Any, buffer: int) -> None:
    """Say in which buffer an access falls; buffers past the last number share numbers, and may then meet."""
    module = builder.module
    if not hasattr(module, "buffer_marks"):
        domain = module.add_metadata([ir.MetaDataString(module, "adidem buffers")])
        names = [f"adidem buffer {number}" for number in range(_SCOPES)]
        scopes = [module.add_metadata([ir.MetaDataString(module, name), domain]) for name in names]
        module.buffer_marks = [
            (module.add_metadata([scope]), module.add_metadata([other for other in scopes if other is not scope]))
            for scope in scopes
        ]
    mine, others = module.buffer_marks[buffer % _SCOPES]
    instruction.set_metadata("alias.scope", mine)
    instruction.set_metadata("noalias", others)


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    struct = context.make_array(array_type)(context, builder, array)
    return builder.gep(struct.data, [place], inbounds=True)


@intrinsic(prefer_literal=True)
def load(typing, array, buffer, place):
    """The value at a place of a flat array of int64."""

    def write(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[2])
        found = builder.load(pointer)
        _marked(builder, found, buffer.literal_value)
        return found

    return types.int64(array, buffer, types.int64), write


@intrinsic(prefer_literal=True)
def store(typing, array, buffer, place, value):
    """Write the value at a place of a flat array of int64."""

    def write(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[2])
        _marked(builder, builder.store(args[3], pointer), buffer.literal_value)
        return context.get_dummy_value()

    return types.void(array, buffer, types.int64, types.int64), write


@intrinsic
def select(typing, condition, value, otherwise):
    """`value` where the condition holds, else `otherwise`, without a branch."""
    boolean = isinstance(value, types.Boolean | types.BooleanLiteral)
    kept = types.boolean if boolean else types.int64

    def write(context, builder, signature, args):
        condition = cgutils.as_bool_bit(builder, args[0])
        return builder.select(condition, args[1], args[2])

    return kept(types.boolean, kept, kept), write


@intrinsic
def clamp(typing, value, low, high):
    """The value, brought into [low, high]."""

    def write(context, builder, signature, args):
        over = builder.select(builder.icmp_signed("<", args[0], args[2]), args[0], args[2])
        return builder.select(builder.icmp_signed(">", over, args[1]), over, args[1])

    return types.int64(types.int64, types.int64, types.int64), write


@intrinsic(prefer_literal=True)
def divide(typing, value, denominator):
    """The floor of value / denominator, a positive number of the text."""

    def write(context, builder, signature, args):
        number = ir.Constant(ir.IntType(64), denominator.literal_value)
        whole = builder.sdiv(args[0], number)
        rest = builder.sub(args[0], builder.mul(whole, number))
        return builder.sub(whole, builder.lshr(rest, ir.Constant(ir.IntType(64), 63)))

    return types.int64(types.int64, denominator), write


_WRITTEN = {"load": load, "store": store, "select": select, "clamp": clamp, "divide": divide}


def names() -> dict[str, Any]:
    """The names that generated text uses, as machine code: those written here, and the rest compiled as they stand."""
    out: dict[str, Any] = {"NEVER": primitives.NEVER, "_HALF": primitives.NEVER // 2, **_WRITTEN}
    for name, function in primitives.plain_names().items():
        if name not in out:
            out[name] = inner(FunctionType(function.__code__, out, name))
    return out | {"inner": inner}
