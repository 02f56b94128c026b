"""Machine code of a pixel loop: made by Numba, kept on disk, and loaded without Numba.

Numba is a compiler; where the code is there already, importing it would only take a second and 80 MB of every run.  Its part
that LLVM is reached by, llvmlite, loads what it has made.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from dualface.heap import drop_code
from dualface.pixels.signature import Signature, c_types, numba_type

_ENTRY = "dualface_kernel"

_MEMORY = """
declare ptr @dualface_allocate(i64)
declare void @dualface_free(ptr)

define ptr @NRT_Allocate(i64 %size) {
  %got = call ptr @dualface_allocate(i64 %size)
  ret ptr %got
}

define void @NRT_Free(ptr %pointer) {
  call void @dualface_free(ptr %pointer)
  ret void
}

define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %alignment = zext i32 %align to i64
  %head = add i64 %alignment, 64
  %total = add i64 %size, %head
  %info = call ptr @dualface_allocate(i64 %total)
  %failed = icmp eq ptr %info, null
  br i1 %failed, label %done, label %fill
fill:
  %at = ptrtoint ptr %info to i64
  %behind = add i64 %at, %head
  %over = urem i64 %behind, %alignment
  %start = sub i64 %behind, %over
  %data = inttoptr i64 %start to ptr
  store i64 1, ptr %info
  %data_field = getelementptr i8, ptr %info, i64 24
  store ptr %data, ptr %data_field
  %size_field = getelementptr i8, ptr %info, i64 32
  store i64 %size, ptr %size_field
  br label %done
done:
  ret ptr %info
}

define ptr @NRT_MemInfo_alloc(i64 %size) {
  %info = call ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 16)
  ret ptr %info
}

define void @NRT_MemInfo_call_dtor(ptr %info) {
  call void @dualface_free(ptr %info)
  ret void
}
"""
"""The memory of arrays that live within a loop, which Numba's run time manages otherwise: how often it is referred to, what
ends it, where the samples are (byte 24), how many bytes (byte 32), in its layout; by Python's allocator that needs no GIL.
"""


def processor() -> str:
    """What the machine code depends on besides its source: the processor's kind and abilities, and LLVM's version."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features} llvmlite {llvmlite.__version__}"


def made(function: Callable[..., None], helpers: Mapping[str, Callable[..., Any]], signature: Signature) -> bytes:
    """Compiles a loop and the ``helpers`` that it calls, by their names: an object file of this system, with one function.

    Raises :class:`NotImplementedError` for what needs Numba when it runs, and what Numba and LLVM raise for what they can't
    compile.
    """
    import llvmlite.binding as llvm
    from numba import njit, types

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    names = dict(function.__globals__)
    for name, helper in helpers.items():
        names[name] = njit(**options)(_copy(helper, names))
    wanted = types.void(*map(numba_type, signature))
    dispatcher = njit(wanted, **options)(_copy(function, names))
    (kind,) = dispatcher.signatures
    module = llvm.parse_assembly(dispatcher.inspect_llvm(kind))
    module.link_in(llvm.parse_assembly(_MEMORY))
    name = dispatcher.overloads[kind].fndesc.llvm_func_name
    for value in (*module.functions, *module.global_variables):
        if value.name == name:
            value.name = _ENTRY
            value.linkage = llvm.Linkage.external
        elif not value.is_declaration:
            value.linkage = llvm.Linkage.internal
    machine = _machine(llvm)
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=0)))
    foreign = [each.name for each in module.functions if each.is_declaration and each.name.startswith(("numba_", "NRT_"))]
    if foreign:
        raise NotImplementedError(f"{function.__name__} calls what only Numba has: {', '.join(foreign)}")
    code: bytes = machine.emit_object(module)
    return code


def loaded(code: bytes, signature: Signature) -> tuple[Callable[..., int], object]:
    """The function of an object file, to be called with two pointers for results and what the signature flattens to.

    It runs without the GIL and returns 0 unless there was no memory.  What is returned beside it owns the code.
    """
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(llvm))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *c_types(signature))
    return prototype(engine.get_function_address(_ENTRY)), engine


def let_go_of_llvm() -> None:
    """Drops LLVM's own code once the loops that a film needs are loaded: that runs through 32 MB which nothing needs again."""
    llvmlite = sys.modules.get("llvmlite")
    if llvmlite is not None and llvmlite.__file__:
        drop_code(Path(llvmlite.__file__).parent)


def _machine(llvm: Any) -> Any:
    """How LLVM makes code for the present processor; with Numba's own choices, which suit code that is loaded anywhere."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name, function in (("allocate", ctypes.pythonapi.PyMem_RawMalloc), ("free", ctypes.pythonapi.PyMem_RawFree)):
        llvm.add_symbol(f"dualface_{name}", ctypes.cast(function, ctypes.c_void_p).value)
    target = llvm.Target.from_triple(llvm.get_process_triple())
    choices = {"reloc": "static"} if target.name.startswith("x86") else {}
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, codemodel="jitdefault", jit=True, **choices
    )


def _copy(function: Callable[..., Any], names: dict[str, Any]) -> Callable[..., Any]:
    """The same function, to which its module's names mean ``names``."""
    assert isinstance(function, FunctionType)
    return FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
