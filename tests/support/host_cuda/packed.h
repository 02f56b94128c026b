// Calls a kernel with pointers to its arguments, as CUDA's driver does.
#pragma once
#include <type_traits>
#include <utility>

#include "shim.h"

template <auto kernel>
struct Packed;

template <typename... Arguments, void (*kernel)(Arguments...)>
struct Packed<kernel> {
    static void launch(int grid_x, int grid_y, int block_x, int block_y, void** arguments) {
        unpack(grid_x, grid_y, block_x, block_y, arguments, std::index_sequence_for<Arguments...>{});
    }

    template <size_t... n>
    static void unpack(int grid_x, int grid_y, int block_x, int block_y, void** arguments, std::index_sequence<n...>) {
        Host<kernel>::launch(grid_x, grid_y, block_x, block_y, *(std::decay_t<Arguments>*)arguments[n]...);
    }
};

#define PACKED(NAME)                                                                                      \
    extern "C" void packed_##NAME(int grid_x, int grid_y, int block_x, int block_y, void** arguments) {   \
        Packed<NAME>::launch(grid_x, grid_y, block_x, block_y, arguments);                                \
    }
