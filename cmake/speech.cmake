# onnxruntime::onnxruntime (voices; C interface) and sherpa::c_api (recognition; C interface, with an older ONNX Runtime of its
# own: never both in one program) from the prefix of deps/fetch.
include_guard(GLOBAL)

# Opened while running, found by the run path.
set(CMAKE_BUILD_RPATH ${LARES_DEPS_PREFIX}/lib)
add_library(onnxruntime::onnxruntime INTERFACE IMPORTED GLOBAL)
set_target_properties(onnxruntime::onnxruntime PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${LARES_DEPS_PREFIX}/include/onnxruntime
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}")

add_library(sherpa::c_api SHARED IMPORTED GLOBAL)
set_target_properties(sherpa::c_api PROPERTIES
    IMPORTED_LOCATION ${LARES_DEPS_PREFIX}/lib/libsherpa-onnx-c-api.so
    INTERFACE_INCLUDE_DIRECTORIES ${LARES_DEPS_PREFIX}/include
    INTERFACE_LINK_LIBRARIES ${LARES_DEPS_PREFIX}/lib/libonnxruntime.so)
