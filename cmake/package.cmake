# cmake --install build/release --prefix DIR: one folder (program, libraries, weights, licences) that runs on another
# machine with the same C library or a newer one. The program looks for weights in ../share/lares.
if(NOT TARGET lares)
    return()
endif()

# The older kind of run path is also used for the libraries' own libraries.
target_link_options(lares PRIVATE -Wl,--disable-new-dtags)
# In the build folder as where it is installed: a run path of its own for the build would end with an empty element, and
# that is the current folder.
set_target_properties(lares PROPERTIES INSTALL_RPATH "$ORIGIN/../lib" BUILD_WITH_INSTALL_RPATH ON)
file(CREATE_LINK ${LARES_DEPS_PREFIX}/lib ${CMAKE_BINARY_DIR}/lib SYMBOLIC)
install(TARGETS lares
    RUNTIME_DEPENDENCIES
        PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv)\\.so"
    RUNTIME DESTINATION bin
    LIBRARY DESTINATION lib)
file(GLOB opened ${LARES_DEPS_PREFIX}/lib/libggml-cpu-*.so ${LARES_DEPS_PREFIX}/lib/libonnxruntime.so.1)  # while running, not linked
install(FILES ${opened} DESTINATION lib)
install(DIRECTORY ${LARES_DEPS_PREFIX}/share/lares/models ${LARES_DEPS_PREFIX}/share/lares/embeddings ${LARES_DEPS_PREFIX}/share/lares/voices
    DESTINATION share/lares)
install(DIRECTORY ${LARES_DEPS_PREFIX}/share/licenses DESTINATION share PATTERN node EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/NOTICE DESTINATION share/doc/lares)
install(CODE [[
    # Debian's libraries come with the licence texts of their packages.
    file(GLOB libraries "${CMAKE_INSTALL_PREFIX}/lib/*.so*")
    foreach(library ${libraries})
        get_filename_component(name ${library} NAME)
        execute_process(COMMAND dpkg-query -S "*/${name}" OUTPUT_VARIABLE owners ERROR_QUIET)
        if(owners MATCHES "^([^:,]+)" AND EXISTS /usr/share/doc/${CMAKE_MATCH_1}/copyright)
            file(INSTALL /usr/share/doc/${CMAKE_MATCH_1}/copyright
                DESTINATION ${CMAKE_INSTALL_PREFIX}/share/licenses/${CMAKE_MATCH_1})
        endif()
    endforeach()
]])
